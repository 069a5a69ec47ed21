package io.mvlm.model.sampling;

import java.util.List;

/**
 * How an answer is generated. Immutable; start from {@link #defaults()} and change with the {@code with…} methods.
 *
 * @param maxTokens the most tokens to generate, at least 1
 * @param temperature 0 takes the most likely token always; above, logits are divided by it before sampling. 0 or more, finite
 * @param topK sample among this many most likely tokens; 0 for no limit
 * @param topP sample among the most likely tokens whose probabilities first sum up to this; above 0, at most 1, which is no limit
 * @param minP leave out tokens less likely than this times the most likely one; 0 (no limit) to 1
 * @param repeatPenalty divides positive logits of tokens seen lately, multiplies negative ones; above 0, finite, 1 for none
 * @param repeatWindow how many of the last tokens count as seen lately; 0 or more
 * @param seed the same seed gives the same answer
 * @param stop strings that end the answer and are not part of it; none of them empty
 */
public record GenerationOptions(
    int maxTokens,
    double temperature,
    int topK,
    double topP,
    double minP,
    double repeatPenalty,
    int repeatWindow,
    long seed,
    List<String> stop) {

  private static final GenerationOptions DEFAULTS = new GenerationOptions(512, 0, 40, 0.95, 0, 1, 64, 0, List.of());

  /** @throws IllegalArgumentException if a value is out of its range; the message names it, what was found and what is expected */
  public GenerationOptions {
    check(maxTokens >= 1, "maximum number of tokens", maxTokens, "at least 1");
    check(temperature >= 0 && Double.isFinite(temperature), "temperature", temperature, "a number of at least 0");
    check(topK >= 0, "top-k", topK, "at least 0 (0 = no limit)");
    check(topP > 0 && topP <= 1, "top-p", topP, "above 0 and at most 1");
    check(minP >= 0 && minP <= 1, "min-p", minP, "0 to 1");
    check(repeatPenalty > 0 && Double.isFinite(repeatPenalty), "repeat penalty", repeatPenalty, "a number above 0 (1 = none)");
    check(repeatWindow >= 0, "repeat window", repeatWindow, "at least 0");
    stop = List.copyOf(stop);
    check(stop.stream().noneMatch(String::isEmpty), "stop string", "''", "at least one character");
  }

  private static void check(boolean good, String name, Object found, String expected) {
    if (!good) {
      throw new IllegalArgumentException(name + " is " + found + ", expected " + expected);
    }
  }

  /** Greedy, at most 512 tokens; once a temperature is set: top-k 40, top-p 0.95, no min-p, no repeat penalty (window 64), seed 0. */
  public static GenerationOptions defaults() {
    return DEFAULTS;
  }

  public GenerationOptions withMaxTokens(int tokens) {
    return new GenerationOptions(tokens, temperature, topK, topP, minP, repeatPenalty, repeatWindow, seed, stop);
  }

  public GenerationOptions withTemperature(double value) {
    return new GenerationOptions(maxTokens, value, topK, topP, minP, repeatPenalty, repeatWindow, seed, stop);
  }

  public GenerationOptions withTopK(int tokens) {
    return new GenerationOptions(maxTokens, temperature, tokens, topP, minP, repeatPenalty, repeatWindow, seed, stop);
  }

  public GenerationOptions withTopP(double mass) {
    return new GenerationOptions(maxTokens, temperature, topK, mass, minP, repeatPenalty, repeatWindow, seed, stop);
  }

  public GenerationOptions withMinP(double ratio) {
    return new GenerationOptions(maxTokens, temperature, topK, topP, ratio, repeatPenalty, repeatWindow, seed, stop);
  }

  public GenerationOptions withRepeatPenalty(double penalty) {
    return new GenerationOptions(maxTokens, temperature, topK, topP, minP, penalty, repeatWindow, seed, stop);
  }

  public GenerationOptions withRepeatWindow(int tokens) {
    return new GenerationOptions(maxTokens, temperature, topK, topP, minP, repeatPenalty, tokens, seed, stop);
  }

  public GenerationOptions withSeed(long value) {
    return new GenerationOptions(maxTokens, temperature, topK, topP, minP, repeatPenalty, repeatWindow, value, stop);
  }

  public GenerationOptions withStop(List<String> strings) {
    return new GenerationOptions(maxTokens, temperature, topK, topP, minP, repeatPenalty, repeatWindow, seed, strings);
  }
}
