package io.mvlm.kernels.vector;

import io.mvlm.core.Nonlinearity;
import io.mvlm.core.RotaryEmbedding.Pairing;
import io.mvlm.core.TensorType;

/** All {@link AllocationChecks}, for a JVM that does nothing else. Ends with an exception, or by printing the width of its vectors. */
final class AllocationMain {
  private static final TensorType[] ANY_COLUMNS = {TensorType.F32, TensorType.F16, TensorType.BF16};
  /** Those of CLIP ViT-L, of MobileVLM 3B and of MobileVLM 1.7B. */
  private static final int[] HEAD_SIZES = {64, 80, 128};

  private AllocationMain() {}

  public static void main(String[] arguments) {
    try (AllocationChecks checks = new AllocationChecks()) {
      for (TensorType type : TensorType.values()) {
        checks.linear(type, 1);
        checks.linear(type, 3);
        checks.linear(type, 16);
        checks.embedding(type);
      }
      for (TensorType type : ANY_COLUMNS) {
        checks.raggedLinear(type, 1);
        checks.raggedLinear(type, 13);
      }
      for (Nonlinearity f : Nonlinearity.values()) {
        checks.nonlinearity(f);
      }
      checks.rows();
      checks.patchEmbedding();
      checks.rotation(Pairing.ADJACENT);
      checks.rotation(Pairing.HALVES);
      for (int headSize : HEAD_SIZES) {
        checks.attention(headSize);
        for (TensorType type : new TensorType[] {TensorType.F16, TensorType.F32}) {
          checks.causalAttention(type, headSize, 1);
          checks.causalAttention(type, headSize, 16);
        }
      }
      checks.ceilings();
    }
    System.out.println(Lanes.FLOATS.vectorBitSize() + " bits");
  }
}
