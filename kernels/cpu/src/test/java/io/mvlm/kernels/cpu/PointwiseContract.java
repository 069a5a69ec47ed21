package io.mvlm.kernels.cpu;

import io.mvlm.core.Nonlinearity;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Elementwise operations. */
public abstract class PointwiseContract extends BackendContract {
  /** Columns that leave every length of tail behind whole vectors, or lie on both sides of each border between work groups. */
  protected abstract IntStream columns();

  @ParameterizedTest
  @EnumSource
  void nonlinearities(Nonlinearity f) {
    PointwiseChecks checks = new PointwiseChecks(backends(), f.ordinal());
    checks.nonlinearity(f, 1, 32); // the corners in whole vectors
    checks.nonlinearity(f, 9, 3); // and in tails
    checks.nonlinearity(f, 40, 1001);
  }

  @Test
  void everyLengthOfTail() {
    PointwiseChecks checks = new PointwiseChecks(backends(), 20);
    columns().forEach(columns -> {
      checks.add(3, columns);
      checks.multiplyColumns(3, columns);
      checks.gatedSilu(3, columns);
    });
  }

  @Test
  void manyRowsOnAllWorkers() {
    PointwiseChecks checks = new PointwiseChecks(backends(), 30);
    checks.add(500, 333);
    checks.multiplyColumns(500, 333);
    checks.gatedSilu(500, 333);
  }
}
