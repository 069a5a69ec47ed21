package io.mvlm.core;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Memory for the activations of one execution, as a stack of floats: allocation moves a mark forward, the end of a scope moves it back.
 * Chunks are kept, so a second pass allocates nothing. Small matrices share a chunk; a large one gets a chunk of its own, so that no memory
 * is touched for nothing. Not thread-safe.
 *
 * @param <C> a chunk of memory
 * @param <A> a matrix in a chunk
 */
public abstract class ActivationStack<C, A extends Activation> implements AutoCloseable {
  /** Floats of a chunk that matrices share. */
  private static final int CHUNK = 1 << 20;
  /** Of a matrix with a chunk of its own. */
  private static final int LARGE = CHUNK / 4;

  private final int alignment;
  /** Up to the present one in use, in this order; those behind it are free, in any order. */
  private final List<C> chunks = new ArrayList<>();
  private int chunk = -1;
  private int used;

  /** @param alignment floats, a power of two: where matrices begin in their chunk */
  protected ActivationStack(int alignment) {
    this.alignment = alignment;
  }

  /** A new chunk of at least {@code floats} floats. */
  protected abstract C newChunk(int floats);

  /** How many floats there are. */
  protected abstract long length(C chunk);

  /** Gives the memory back. */
  protected abstract void free(C chunk);

  /** The matrix {@code [rows, columns]} that begins at a float of the chunk. */
  protected abstract A matrix(C chunk, int offset, int rows, int columns);

  /** See {@link Execution#scope}. */
  public final Execution.Scope scope() {
    int chunkBefore = chunk;
    int usedBefore = used;
    return () -> {
      chunk = chunkBefore;
      used = usedBefore;
    };
  }

  /** A matrix with undefined content, which belongs to the innermost open scope. */
  public final A allocate(int rows, int columns) {
    int count = Math.multiplyExact(rows, columns);
    int padded = Math.addExact(count, -count & alignment - 1);
    if (chunk < 0 || length(chunks.get(chunk)) - used < padded) {
      provide(chunk + 1, padded);
      chunk++;
      used = 0;
    }
    A result = matrix(chunks.get(chunk), used, rows, columns);
    used += padded;
    return result;
  }

  /**
   * Sees to it that chunk {@code next} is one for {@code count} floats: the smallest free one that is, so that larger ones are left to
   * larger matrices, else a new one in the place of a smaller one. If memory is refused, the chunks that are left are whole.
   */
  private void provide(int next, int count) {
    int wanted = count < LARGE ? CHUNK : count;
    int best = -1;
    for (int i = next; i < chunks.size(); i++) {
      long length = length(chunks.get(i));
      if (length >= wanted && (best < 0 || length < length(chunks.get(best)))) {
        best = i;
      }
    }
    if (best >= 0) {
      Collections.swap(chunks, next, best);
      return;
    }
    if (next < chunks.size()) {
      free(chunks.remove(next)); // first: there may be no room for both
    }
    chunks.add(next, newChunk(wanted));
  }

  @Override
  public final void close() {
    chunks.forEach(this::free);
    chunks.clear();
    chunk = -1;
    used = 0;
  }
}
