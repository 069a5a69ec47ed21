package io.mvlm.model;

import io.mvlm.core.Backend;
import io.mvlm.core.Batch;
import io.mvlm.core.Execution;
import io.mvlm.core.KvCache;
import io.mvlm.core.TensorType;
import io.mvlm.gguf.GgufFile;
import io.mvlm.model.llama.Llama;
import io.mvlm.model.llama.LlamaConfig;
import io.mvlm.model.weights.WeightLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A LLaMA without tokenizer and sampling: ids and embeddings in, logits out. */
public final class LanguageModel implements AutoCloseable {
  private final Backend backend;
  private final ExecutionPool executions;
  private final Llama llama;

  public LanguageModel(Path file, String backendName) {
    backend = Backends.open(LoadOptions.defaults().withBackend(backendName));
    executions = new ExecutionPool(backend);
    try (GgufFile gguf = GgufFile.open(file)) {
      llama = new Llama(LlamaConfig.of(gguf), new WeightLoader(gguf, backend, bytes -> {}));
    } catch (RuntimeException e) {
      backend.close();
      throw e;
    }
  }

  public int vocabulary() {
    return llama.config().vocabulary();
  }

  /**
   * Reads the ids in passes of the lengths given; the last pass takes what is left.
   *
   * @return logits of every row: {@code [ids, vocabulary]}
   */
  public float[] logits(TensorType kvType, int[] ids, int... lengths) {
    LlamaConfig config = llama.config();
    float[] all = new float[ids.length * config.vocabulary()];
    try (Execution execution = backend.newExecution();
        KvCache cache = backend.newKvCache(new KvCache.Spec(config.blocks(), config.kvHeads(), config.headSize(), ids.length, kvType))) {
      int at = 0;
      for (int pass = 0; at < ids.length; pass++) {
        int from = at;
        int count = pass < lengths.length ? lengths[pass] : ids.length - at;
        int[] wanted = new int[count];
        Arrays.setAll(wanted, i -> i);
        float[] some = execution.run(() -> execution.read(llama.forward(execution,
            llama.embed(execution, Arrays.copyOfRange(ids, from, from + count)), Batch.of(cache, count), wanted)));
        System.arraycopy(some, 0, all, at * config.vocabulary(), some.length);
        at += count;
      }
    }
    return all;
  }

  /** Logits behind a prompt, and the most likely tokens from there on. */
  public record Continuation(float[] logits, int[] tokens) {}

  /**
   * Reads a prompt at once, and goes on token by token.
   *
   * @param picture stands between the ids, or null
   */
  public Continuation continuation(int[] before, VisionPipeline.Features picture, int[] after, int steps) {
    List<PromptChunk> chunks = new ArrayList<>(List.of(new PromptChunk.Ids(before)));
    if (picture != null) {
      chunks.add(new PromptChunk.Picture(new ImageEmbedding(picture.rows(), picture.columns(), picture.values())));
    }
    chunks.add(new PromptChunk.Ids(after));
    try (Sequence sequence = sequence(1024)) {
      float[] logits = sequence.read(chunks, Execution::read);
      return new Continuation(logits, greedy(sequence, logits, steps));
    }
  }

  /** A sequence of {@code context} positions with keys and values in F16. */
  Sequence sequence(int context) {
    return new Sequence(llama, backend, executions, context, TensorType.F16);
  }

  /** The most likely tokens, one after the other. @param first logits behind the prompt */
  static int[] greedy(Sequence sequence, float[] first, int steps) {
    List<Integer> tokens = new ArrayList<>();
    float[] logits = first;
    while (tokens.size() < steps) {
      int id = Golden.best(logits, 0, logits.length);
      tokens.add(id);
      if (tokens.size() < steps) {
        logits = sequence.read(List.of(new PromptChunk.Ids(id)), Execution::read);
      }
    }
    return tokens.stream().mapToInt(Integer::intValue).toArray();
  }

  @Override
  public void close() {
    backend.close();
    executions.close();
  }
}
