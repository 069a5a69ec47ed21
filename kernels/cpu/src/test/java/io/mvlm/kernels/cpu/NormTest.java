package io.mvlm.kernels.cpu;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class NormTest {
  private static final Backends BACKENDS = new Backends();

  @AfterAll
  static void close() {
    BACKENDS.close();
  }

  @Test
  void everyLengthOfTail() {
    NormChecks checks = new NormChecks(BACKENDS, 1);
    for (int columns = 1; columns <= 36; columns++) {
      checks.rmsNorm(3, columns, 1);
      checks.layerNorm(3, columns, 1, 0);
    }
  }

  @Test
  void widthsOfModels() {
    NormChecks checks = new NormChecks(BACKENDS, 2);
    for (int columns : new int[] {576, 1024, 2048, 4096}) {
      checks.rmsNorm(20, columns, 1);
      checks.layerNorm(20, columns, 1, 0);
    }
  }

  @Test
  void largeAndSmallValues() {
    NormChecks checks = new NormChecks(BACKENDS, 3);
    for (float scale : new float[] {1e-40f, 1e-20f, 1e-4f, 1e4f, 1e15f}) {
      checks.rmsNorm(3, 77, scale);
      checks.layerNorm(3, 77, scale, 0);
    }
  }

  @Test
  void aMeanFarFromZero() {
    new NormChecks(BACKENDS, 4).layerNorm(5, 1024, 1, 100);
  }

  @Test
  void zeros() {
    NormChecks checks = new NormChecks(BACKENDS, 5);
    checks.rmsNorm(2, 33, 0);
    checks.layerNorm(2, 33, 0, 0);
  }
}
