package io.mvlm.kernels.cpu;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Layer norm and RMS norm. */
public abstract class NormContract extends BackendContract {
  /** Columns that leave every length of tail behind whole vectors, or lie on both sides of each border between work groups. */
  protected abstract IntStream columns();

  @Test
  void everyLengthOfTail() {
    NormChecks checks = new NormChecks(backends(), 1);
    columns().forEach(columns -> {
      checks.rmsNorm(3, columns, 1);
      checks.layerNorm(3, columns, 1, 0);
    });
  }

  @Test
  void widthsOfModels() {
    NormChecks checks = new NormChecks(backends(), 2);
    for (int columns : new int[] {576, 1024, 2048, 4096}) {
      checks.rmsNorm(20, columns, 1);
      checks.layerNorm(20, columns, 1, 0);
    }
  }

  @Test
  void largeAndSmallValues() {
    NormChecks checks = new NormChecks(backends(), 3);
    for (float scale : new float[] {1e-40f, 1e-20f, 1e-4f, 1e4f, 1e15f}) {
      checks.rmsNorm(3, 77, scale);
      checks.layerNorm(3, 77, scale, 0);
    }
  }

  @Test
  void aMeanFarFromZero() {
    new NormChecks(backends(), 4).layerNorm(5, 1024, 1, 100);
  }

  @Test
  void zeros() {
    NormChecks checks = new NormChecks(backends(), 5);
    for (int columns : new int[] {33, 77}) {
      checks.rmsNorm(3, columns, 0);
      checks.layerNorm(3, columns, 0, 0);
    }
  }
}
