package io.mvlm.kernels.cpu;

import io.mvlm.core.Nonlinearity;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Elementwise operations on every length of tail. */
class PointwiseTest {
  private static final Backends BACKENDS = new Backends();

  @AfterAll
  static void close() {
    BACKENDS.close();
  }

  @ParameterizedTest
  @EnumSource
  void nonlinearities(Nonlinearity f) {
    PointwiseChecks checks = new PointwiseChecks(BACKENDS, f.ordinal());
    checks.nonlinearity(f, 1, 32); // the corners in whole vectors
    checks.nonlinearity(f, 9, 3); // and in tails
    checks.nonlinearity(f, 40, 1001);
  }

  @Test
  void everyLengthOfTail() {
    PointwiseChecks checks = new PointwiseChecks(BACKENDS, 20);
    for (int columns = 1; columns <= 36; columns++) {
      checks.add(3, columns);
      checks.multiplyColumns(3, columns);
      checks.gatedSilu(3, columns);
    }
  }

  @Test
  void manyRowsOnAllWorkers() {
    PointwiseChecks checks = new PointwiseChecks(BACKENDS, 30);
    checks.add(500, 333);
    checks.multiplyColumns(500, 333);
    checks.gatedSilu(500, 333);
  }
}
