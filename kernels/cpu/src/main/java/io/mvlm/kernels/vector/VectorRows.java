package io.mvlm.kernels.vector;

import static io.mvlm.kernels.vector.Lanes.FLOATS;
import static io.mvlm.kernels.vector.Lanes.LANES;

import io.mvlm.kernels.cpu.LinearInput;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Kernels over a row of values: norms, and the two forms in which matrix products take their input. */
final class VectorRows {
  private VectorRows() {}

  static void rmsNorm(float[] x, int xo, float[] gain, float eps, float[] y, int yo, int n) {
    Ranges.check(x, xo, n);
    Ranges.check(gain, 0, n);
    Ranges.check(y, yo, n);
    float inverse = (float) (1 / Math.sqrt((double) squares(x, xo, 0, n) / n + eps));
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector.fromArray(FLOATS, x, xo + i).mul(inverse).mul(FloatVector.fromArray(FLOATS, gain, i)).intoArray(y, yo + i);
    }
    for (; i < n; i++) {
      y[yo + i] = x[xo + i] * inverse * gain[i];
    }
  }

  static void layerNorm(float[] x, int xo, float[] gain, float[] bias, float eps, float[] y, int yo, int n) {
    Ranges.check(x, xo, n);
    Ranges.check(gain, 0, n);
    Ranges.check(bias, 0, n);
    Ranges.check(y, yo, n);
    float mean = sum(x, xo, n) / n;
    float inverse = (float) (1 / Math.sqrt((double) squares(x, xo, mean, n) / n + eps));
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector v = FloatVector.fromArray(FLOATS, x, xo + i).sub(mean).mul(inverse);
      v.fma(FloatVector.fromArray(FLOATS, gain, i), FloatVector.fromArray(FLOATS, bias, i)).intoArray(y, yo + i);
    }
    for (; i < n; i++) {
      y[yo + i] = (x[xo + i] - mean) * inverse * gain[i] + bias[i];
    }
  }

  private static float sum(float[] x, int xo, int n) {
    FloatVector total = FloatVector.zero(FLOATS);
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      total = total.add(FloatVector.fromArray(FLOATS, x, xo + i));
    }
    float rest = 0;
    for (; i < n; i++) {
      rest += x[xo + i];
    }
    return total.reduceLanes(VectorOperators.ADD) + rest;
  }

  /** Σ (x − mean)² */
  private static float squares(float[] x, int xo, float mean, int n) {
    FloatVector total = FloatVector.zero(FLOATS);
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector v = FloatVector.fromArray(FLOATS, x, xo + i).sub(mean);
      total = v.fma(v, total);
    }
    float rest = 0;
    for (; i < n; i++) {
      rest += (x[xo + i] - mean) * (x[xo + i] - mean);
    }
    return total.reduceLanes(VectorOperators.ADD) + rest;
  }

  /** Whole tiles: eight rows read side by side, so that each line of the target is written once. */
  static void packTile(float[] x, int xo, int stride, int columns, float[] target, int to) {
    for (int k = 0; k < columns; k++) {
      int at = to + k * LinearInput.TILE;
      int from = xo + k;
      target[at] = x[from];
      target[at + 1] = x[from + stride];
      target[at + 2] = x[from + 2 * stride];
      target[at + 3] = x[from + 3 * stride];
      target[at + 4] = x[from + 4 * stride];
      target[at + 5] = x[from + 5 * stride];
      target[at + 6] = x[from + 6 * stride];
      target[at + 7] = x[from + 7 * stride];
    }
  }
}
