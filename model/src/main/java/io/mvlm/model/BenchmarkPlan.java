package io.mvlm.model;

import io.mvlm.model.llama.LlamaConfig;
import java.util.List;

/**
 * What a {@link Benchmark} measures.
 *
 * @param promptTokens length of the prompt whose prefill is measured; 0 = not measured
 * @param generatedTokens steps of decoding that are measured together; 0 = not measured
 * @param depths tokens that the context holds before the first of these steps, each a test of its own, in this order
 * @param repetitions how often each of them is measured, at least 1
 * @param imageRepetitions the same for encoding a picture, at least 1
 */
public record BenchmarkPlan(int promptTokens, int generatedTokens, List<Integer> depths, int repetitions, int imageRepetitions) {
  private static final int MOST_REPETITIONS = 10_000;

  public BenchmarkPlan {
    depths = List.copyOf(depths);
    requireBetween("prompt tokens", promptTokens, 0, LlamaConfig.LARGEST_CONTEXT);
    requireBetween("generated tokens", generatedTokens, 0, LlamaConfig.LARGEST_CONTEXT);
    requireBetween("repetitions", repetitions, 1, MOST_REPETITIONS);
    requireBetween("image repetitions", imageRepetitions, 1, MOST_REPETITIONS);
    for (int depth : depths) {
      requireBetween("depth", depth, 0, LlamaConfig.LARGEST_CONTEXT - generatedTokens);
    }
  }

  private static void requireBetween(String what, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(what + " is " + value + ", expected " + least + " to " + most);
    }
  }

  /** Positions that the longest of the tests fills, at least 1. */
  int context() {
    int deepest = depths.stream().mapToInt(Integer::intValue).max().orElse(0);
    return Math.max(1, Math.max(promptTokens, deepest + generatedTokens));
  }
}
