package io.mvlm.core;

/**
 * Keys and values of one sequence, for all layers, in the backend's own layout. Positions 0 … length − 1 are filled. Belongs to one
 * thread at a time. A pass that fails or is cancelled leaves {@link #length()} as it was.
 */
public interface KvCache extends AutoCloseable {
  /**
   * @param layers attention layers
   * @param kvHeads key/value heads of a layer
   * @param headSize values of a head
   * @param capacity positions at most
   * @param type storage, {@link TensorType#F16} or {@link TensorType#F32}
   */
  record Spec(int layers, int kvHeads, int headSize, int capacity, TensorType type) {
    public Spec {
      if (layers < 0 || kvHeads < 1 || headSize < 1 || capacity < 1) {
        throw new IllegalArgumentException("layers " + layers + ", kvHeads " + kvHeads + ", headSize " + headSize + ", capacity " + capacity);
      }
      if (type != TensorType.F16 && type != TensorType.F32) {
        throw new IllegalArgumentException("KV cache in " + type + ": expected F16 or F32");
      }
    }

    /** Bytes that {@code positions} positions take, without padding. */
    public long byteSize(long positions) {
      return type.byteSize(2L * layers * kvHeads * headSize * positions);
    }
  }

  Spec spec();

  /** Filled positions. */
  int length();

  /** Forgets every position from {@code length} on; 0 ≤ length ≤ {@link #length()}. */
  void truncate(int length);

  /** A copy that goes on independently. */
  KvCache fork();

  /** Memory taken now, in bytes; grows with the positions. */
  long byteSize();

  @Override
  void close();
}
