package io.mvlm.kernels.codegen;

import io.mvlm.kernels.cpu.Backends;
import io.mvlm.kernels.cpu.NormChecks;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** Norms in every tier. */
@EnabledIf("io.mvlm.kernels.codegen.Tiers#isX86")
class NormTest {
  private static Backends backends;

  @BeforeAll
  static void open() {
    backends = LinearTest.backends();
  }

  @AfterAll
  static void close() {
    backends.close();
  }

  @Test
  void everyLengthOfTail() {
    NormChecks checks = new NormChecks(backends, 1);
    for (int columns = 1; columns <= 132; columns++) {
      checks.rmsNorm(3, columns, 1);
      checks.layerNorm(3, columns, 1, 0);
    }
  }

  @Test
  void widthsOfModels() {
    NormChecks checks = new NormChecks(backends, 2);
    for (int columns : new int[] {576, 1024, 2048, 4096}) {
      checks.rmsNorm(20, columns, 1);
      checks.layerNorm(20, columns, 1, 0);
    }
  }

  @Test
  void largeAndSmallValues() {
    NormChecks checks = new NormChecks(backends, 3);
    for (float scale : new float[] {0, 1e-40f, 1e-20f, 1e-4f, 1e4f, 1e15f}) {
      checks.rmsNorm(3, 77, scale);
      checks.layerNorm(3, 77, scale, 0);
    }
  }

  @Test
  void aMeanFarFromZero() {
    new NormChecks(backends, 4).layerNorm(5, 1024, 1, 100);
  }
}
