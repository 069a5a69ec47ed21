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

  @Test
  void columnsOfOneTokenAtATime() {
    LinearChecks checks = checks(500);
    for (int tokens = 1; tokens <= 33; tokens++) {
      checks.product(TensorType.Q4_0, tokens);
      checks.product(TensorType.F16, tokens);
    }
  }
}
