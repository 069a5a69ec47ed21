package io.mvlm.model;

import io.mvlm.core.Activation;
import io.mvlm.core.Backend;
import io.mvlm.core.Batch;
import io.mvlm.core.ContextFullException;
import io.mvlm.core.Execution;
import io.mvlm.core.KvCache;
import io.mvlm.core.TensorType;
import io.mvlm.model.llama.Llama;
import io.mvlm.model.llama.LlamaConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;

/** One sequence of positions that the language model has read, and may read on from. Belongs to one thread at a time. */
final class Sequence implements AutoCloseable {
  /** Rows of a pass: enough to use every weight often, few enough that scratch memory stays small. */
  private static final int ROWS_PER_PASS = 512;

  private final Llama llama;
  private final ExecutionPool executions;
  private final KvCache cache;

  /** @param executions of the backend, which run the passes */
  Sequence(Llama llama, Backend backend, ExecutionPool executions, int context, TensorType kvType) {
    LlamaConfig config = llama.config();
    this.llama = llama;
    this.executions = executions;
    this.cache = backend.newKvCache(new KvCache.Spec(config.blocks(), config.kvHeads(), config.headSize(), context, kvType));
  }

  int length() {
    return cache.length();
  }

  int room() {
    return cache.spec().capacity() - cache.length();
  }

  void truncate(int length) {
    cache.truncate(length);
  }

  /** @throws ContextFullException if {@code rows} more positions do not fit */
  void requireRoom(long rows) {
    if (rows > room()) {
      throw new ContextFullException("the prompt needs " + rows + " positions, but only " + room() + " of the context of "
          + cache.spec().capacity() + " are free: shorten it, start a new conversation, or choose a larger context");
    }
  }

  /**
   * Reads chunks, some hundred rows at a time.
   *
   * @param taking what is wanted of the logits {@code [1, vocabulary]} behind the last row
   */
  <T> T read(List<PromptChunk> chunks, BiFunction<Execution, Activation, T> taking) {
    requireRoom(chunks.stream().mapToLong(PromptChunk::rows).sum());
    int rows = chunks.stream().mapToInt(PromptChunk::rows).sum();
    int last = (rows - 1) / ROWS_PER_PASS * ROWS_PER_PASS;
    for (int from = 0; from < last; from += ROWS_PER_PASS) {
      int first = from;
      executions.run(e -> pass(e, chunks, first, ROWS_PER_PASS));
    }
    return executions.run(e -> taking.apply(e, pass(e, chunks, last, rows - last, rows - last - 1)));
  }

  /** Logits {@code [ids, vocabulary]} behind each of the ids. */
  float[] readAll(int... ids) {
    int[] wanted = new int[ids.length];
    Arrays.setAll(wanted, i -> i);
    return executions.run(e -> e.read(pass(e, List.of(new PromptChunk.Ids(ids)), 0, ids.length, wanted)));
  }

  /** Logits of the rows wanted. */
  private Activation pass(Execution e, List<PromptChunk> chunks, int from, int count, int... wanted) {
    List<Activation> parts = new ArrayList<>();
    int at = 0;
    for (PromptChunk chunk : chunks) {
      int begin = Math.max(from, at) - at;
      int end = Math.min(from + count, at + chunk.rows()) - at;
      if (begin < end) {
        parts.add(switch (chunk) {
          case PromptChunk.Ids text -> llama.embed(e, Arrays.copyOfRange(text.ids(), begin, end));
          case PromptChunk.Picture picture -> {
            ImageEmbedding seen = picture.embedding();
            yield e.rows(e.input(seen.values(), seen.tokens(), seen.width()), begin, end - begin);
          }
        });
      }
      at += chunk.rows();
    }
    // A copy even of a single part: the model overwrites its input.
    Activation x = e.concatRows(parts.toArray(Activation[]::new));
    return llama.forward(e, x, Batch.of(cache, count), wanted);
  }

  @Override
  public void close() {
    cache.close();
  }
}
