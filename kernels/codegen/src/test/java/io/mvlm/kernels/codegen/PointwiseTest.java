package io.mvlm.kernels.codegen;

import io.mvlm.core.Nonlinearity;
import io.mvlm.kernels.cpu.Backends;
import io.mvlm.kernels.cpu.PointwiseChecks;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Elementwise operations in every tier, on every length of tail. */
@EnabledIf("io.mvlm.kernels.codegen.Tiers#isX86")
class PointwiseTest {
  private static Backends backends;

  @BeforeAll
  static void open() {
    backends = LinearTest.backends();
  }

  @AfterAll
  static void close() {
    backends.close();
  }

  @ParameterizedTest
  @EnumSource
  void nonlinearities(Nonlinearity f) {
    PointwiseChecks checks = new PointwiseChecks(backends, f.ordinal());
    checks.nonlinearity(f, 1, 32); // the corners in whole vectors
    checks.nonlinearity(f, 9, 3); // and in tails
    checks.nonlinearity(f, 40, 1001);
  }

  @Test
  void everyLengthOfTail() {
    PointwiseChecks checks = new PointwiseChecks(backends, 20);
    for (int columns = 1; columns <= 132; columns++) {
      checks.add(3, columns);
      checks.multiplyColumns(3, columns);
      checks.gatedSilu(3, columns);
    }
  }

  @Test
  void manyRowsOnAllWorkers() {
    PointwiseChecks checks = new PointwiseChecks(backends, 30);
    checks.add(500, 333);
    checks.multiplyColumns(500, 333);
    checks.gatedSilu(500, 333);
  }
}
