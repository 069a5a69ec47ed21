package io.mvlm.kernels.cpu;

import java.util.Arrays;

/** Compares what a kernel computed with what it should be. */
public final class Closeness {
  private Closeness() {}

  /** Each |actual − expected| ≤ tolerance; NaN and infinities must be the same. */
  public static void check(String what, double[] expected, double[] tolerance, float[] actual) {
    if (expected.length != actual.length) {
      throw new AssertionError(what + ": " + actual.length + " values, expected " + expected.length);
    }
    for (int i = 0; i < actual.length; i++) {
      boolean close = Double.isFinite(expected[i]) ? Math.abs(actual[i] - expected[i]) <= tolerance[i]
          : Float.compare(actual[i], (float) expected[i]) == 0;
      if (!close) {
        throw new AssertionError(what + ": value " + i + " of " + actual.length + " is " + actual[i] + ", expected " + expected[i] + " ± "
            + tolerance[i]);
      }
    }
  }

  public static void check(String what, double[] expected, double tolerance, float[] actual) {
    double[] tolerances = new double[expected.length];
    Arrays.fill(tolerances, tolerance);
    check(what, expected, tolerances, actual);
  }

  public static double largestMagnitude(float... values) {
    double largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }
}
