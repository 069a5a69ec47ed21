package io.mvlm.kernels.codegen;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.Nonlinearity;
import io.mvlm.kernels.cpu.CpuActivation;
import io.mvlm.kernels.cpu.CpuKernels;
import io.mvlm.kernels.cpu.ScalarKernels;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Kernels over rows beside their scalar twins, in every tier. */
@EnabledIf("io.mvlm.kernels.codegen.Tiers#isX86")
class RowDifferenceTest {
  private static final ScalarKernels SCALAR = new ScalarKernels();
  private static final float[] EXTREMES = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MAX_VALUE, -Float.MAX_VALUE,
      Float.MIN_VALUE, -Float.MIN_VALUE, Float.MIN_NORMAL, -Float.MIN_NORMAL, 0f, -0f, 1e-40f, -1e-40f, 1f, -1f, 3f, -3f, 1e30f, -1e30f};

  /** An extreme value does what the scalar twin does with it, and nothing to its neighbours. */
  @ParameterizedTest
  @EnumSource
  void extremes(Nonlinearity f) {
    for (Tier tier : Tiers.here()) {
      CpuKernels kernels = new CodegenKernels(tier, SCALAR);
      for (int n = 1; n <= 40; n++) {
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
          x[i] = EXTREMES[(i + n) % EXTREMES.length];
        }
        float[] expected = new float[n];
        float[] actual = new float[n];
        SCALAR.apply(f, x, 0, expected, 0, n);
        kernels.apply(f, row(x), row(actual));
        for (int i = 0; i < n; i++) {
          boolean same = Float.isFinite(expected[i]) ? Math.abs(actual[i] - expected[i]) <= 1e-6 * Math.abs(expected[i]) + 1e-37
              : Float.compare(expected[i], actual[i]) == 0;
          assertTrue(same, tier + ", " + f + " of " + x[i] + " is " + actual[i] + ", expected " + expected[i]);
        }
      }
    }
  }

  /** The bounds that {@link NonlinearCode} states, on a fine grid. */
  @ParameterizedTest
  @EnumSource(names = {"GELU", "GELU_TANH", "GELU_QUICK", "SILU"})
  void errors(Nonlinearity f) {
    int n = 1_000_003;
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = -20 + 40f * i / n;
    }
    float[] expected = new float[n];
    SCALAR.apply(f, x, 0, expected, 0, n);
    for (Tier tier : Tiers.here()) {
      float[] actual = new float[n];
      new CodegenKernels(tier, SCALAR).apply(f, row(x), row(actual));
      for (int i = 0; i < n; i++) {
        double error = Math.abs((double) actual[i] - expected[i]) - Math.ulp(expected[i]);
        double bound = (f == Nonlinearity.GELU ? 1.1e-7 : 1.3e-7) * Math.abs(x[i]);
        bound = x[i] > -3 ? Math.min(bound, 9e-7 * Math.abs(expected[i])) : bound;
        assertTrue(error <= bound, tier + ", " + f + " of " + x[i] + " is " + actual[i] + ", expected " + expected[i]);
      }
    }
  }

  /** A row with an infinity or without a number becomes what it becomes in the scalar twin, and leaves its neighbours alone. */
  @Test
  void extremesInNorms() {
    for (Tier tier : Tiers.here()) {
      CpuKernels kernels = new CodegenKernels(tier, SCALAR);
      for (float extreme : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
        for (int n = 1; n <= 70; n++) {
          float[] x = new float[n + 2];
          float[] ones = new float[n];
          Arrays.fill(ones, 1);
          x[0] = 5;
          x[1 + n / 2] = extreme;
          x[n + 1] = 6;
          float[] expected = x.clone();
          float[] actual = x.clone();
          SCALAR.rmsNorm(x, 1, ones, 1e-5f, expected, 1, n);
          kernels.rmsNorm(row(x, 1, n), ones, 1e-5f, row(actual, 1, n));
          assertArrayEquals(expected, actual, tier + ", RMS norm of " + n + " with " + extreme);
          SCALAR.layerNorm(x, 1, ones, ones, 1e-5f, expected, 1, n);
          kernels.layerNorm(row(x, 1, n), ones, ones, 1e-5f, row(actual, 1, n));
          assertArrayEquals(expected, actual, tier + ", layer norm of " + n + " with " + extreme);
        }
      }
    }
  }

  @Test
  void rowsBeyondTheirArrays() {
    CpuKernels kernels = new CodegenKernels(Tiers.here().getFirst(), SCALAR);
    float[] x = new float[16];
    CpuActivation good = row(x, 0, 8);
    for (CpuActivation bad : List.of(row(x, 9, 8), row(x, -1, 8), new CpuActivation(x, 0, 2, 8, 9))) {
      CpuActivation rows = new CpuActivation(x, 0, bad.rows(), 8, 0);
      refused(() -> kernels.add(bad, rows, rows));
      refused(() -> kernels.add(rows, bad, rows));
      refused(() -> kernels.add(rows, rows, bad));
      refused(() -> kernels.scale(rows, 1, bad));
      refused(() -> kernels.apply(Nonlinearity.RELU, bad, rows));
      refused(() -> kernels.rmsNorm(bad, x, 1, rows));
      refused(() -> kernels.layerNorm(rows, x, x, 1, bad));
    }
    refused(() -> kernels.rmsNorm(good, new float[7], 1, good));
    refused(() -> kernels.layerNorm(good, x, new float[7], 1, good));
    refused(() -> kernels.rotateHalves(row(x, 8, 8), 8, x, x, 0, 5));
    refused(() -> kernels.rotateAdjacent(good, 8, x, x, 13, 4));
    refused(() -> kernels.depthwise(good, 3, 1, new float[72], null, 1, good, 0, 1));
    refused(() -> kernels.depthwise(good, 1, 1, new float[71], null, 1, good, 0, 1));
    refused(() -> kernels.depthwise(good, 1, 1, new float[72], new float[7], 1, good, 0, 1));
    refused(() -> kernels.depthwise(good, 1, 1, new float[72], null, 1, row(x, 9, 8), 0, 1));
    kernels.add(row(x, 16, 0), row(x, 16, 0), row(x, 16, 0));
    kernels.add(new CpuActivation(x, 0, 0, 8, 8), new CpuActivation(x, 0, 0, 8, 8), new CpuActivation(x, 0, 0, 8, 8));
    assertArrayEquals(new float[16], x);
  }

  private static void refused(Executable call) {
    assertThrows(IndexOutOfBoundsException.class, call);
  }

  private static CpuActivation row(float[] x) {
    return row(x, 0, x.length);
  }

  private static CpuActivation row(float[] x, int from, int n) {
    return new CpuActivation(x, from, 1, n, n);
  }
}
