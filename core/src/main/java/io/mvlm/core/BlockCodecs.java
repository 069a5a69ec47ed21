package io.mvlm.core;

/** The codec of each type. */
final class BlockCodecs {
  private BlockCodecs() {}

  static BlockCodec of(TensorType type) {
    return switch (type) {
      case F32 -> FloatCodecs.F32;
      case F16 -> FloatCodecs.F16;
      case BF16 -> FloatCodecs.BF16;
      case Q4_0 -> LegacyQuantCodecs.Q4_0;
      case Q4_1 -> LegacyQuantCodecs.Q4_1;
      case Q5_0 -> LegacyQuantCodecs.Q5_0;
      case Q5_1 -> LegacyQuantCodecs.Q5_1;
      case Q8_0 -> LegacyQuantCodecs.Q8_0;
      case Q2_K -> KQuantCodecs.Q2_K;
      case Q3_K -> KQuantCodecs.Q3_K;
      case Q4_K -> KQuantCodecs.Q4_K;
      case Q5_K -> KQuantCodecs.Q5_K;
      case Q6_K -> KQuantCodecs.Q6_K;
      case IQ4_NL -> NonLinearCodecs.IQ4_NL;
      case IQ4_XS -> NonLinearCodecs.IQ4_XS;
    };
  }

  /**
   * The number of blocks in {@code count} values.
   *
   * @throws IllegalArgumentException if that is no whole number
   */
  static int blocks(TensorType type, int count) {
    if (count < 0 || count % type.blockLength() != 0) {
      throw new IllegalArgumentException(count + " values are no whole number of " + type + " blocks of " + type.blockLength());
    }
    return count / type.blockLength();
  }
}
