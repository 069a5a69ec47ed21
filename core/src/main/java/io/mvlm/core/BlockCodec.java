package io.mvlm.core;

import java.lang.foreign.MemorySegment;

/** Translates between floats and the blocks of one {@link TensorType}. Stateless and thread-safe. */
public interface BlockCodec {
  /**
   * @param source blocks, little-endian, the first at {@code sourceOffset} (bytes)
   * @param count values; a multiple of the block length
   */
  void dequantize(MemorySegment source, long sourceOffset, float[] target, int targetOffset, int count);

  /**
   * The bytes that the reference quantiser of the format gives.
   *
   * @param count values; a multiple of the block length
   * @throws UnsupportedFeatureException if there is no quantiser for this type
   */
  void quantize(float[] source, int sourceOffset, int count, MemorySegment target, long targetOffset);
}
