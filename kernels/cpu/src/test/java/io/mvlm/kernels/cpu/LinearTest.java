package io.mvlm.kernels.cpu;

import io.mvlm.core.TensorType;
import org.junit.jupiter.api.Test;

class LinearTest extends LinearContract {
  @Override
  protected Backends open() {
    return new Backends();
  }

  @Override
  protected int[] tokens() {
    return new int[] {0, 1, 2, 3, 4, 7, 8, 9, 17, 65};
  }

  /** Three pieces of memory, the last one shorter. */
  @Test
  void matricesInPieces() {
    LinearChecks checks = checks(600);
    for (int tokens : new int[] {1, 3, 9}) {
      checks.product(TensorType.F32, 300, 2048, tokens);
      checks.product(TensorType.Q6_K, 300, 7168, tokens);
    }
  }

  @Test
  void columnsOfOneTokenAtATime() {
    LinearChecks checks = checks(500);
    for (int tokens = 1; tokens <= 33; tokens++) {
      checks.product(TensorType.Q4_0, tokens);
      checks.product(TensorType.F16, tokens);
    }
  }
}
