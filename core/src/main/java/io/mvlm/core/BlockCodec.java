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
   * Rounds values to blocks. For F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1 and Q8_0 the bytes are those of the format's reference quantiser.
   * For Q2_K to Q6_K, IQ4_NL and IQ4_XS, whose reference searches for good scales, the search is another one: the bytes differ, the error
   * does not exceed the reference's by much.
   *
   * @param count values; a multiple of the block length
   */
  void quantize(float[] source, int sourceOffset, int count, MemorySegment target, long targetOffset);
}
