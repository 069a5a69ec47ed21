package io.mvlm.core;

/**
 * Finds scales for groups of values. Each search tries a few roundings of the group, solves for the best scale (and offset) of each by
 * weighted least squares, and keeps the one with the smallest error. Large values weigh more (weight x², or |x| + a constant), for they
 * carry most of a dot product.
 *
 * <p>An instance is scratch memory of one thread.
 */
final class BlockFit {
  private static final int STEPS = 4;
  private static final float STEP = 0.2f;

  /** Adding and subtracting 1.5·2²³ rounds a float of moderate size to the nearest integer. */
  private static final float ROUNDER = 12582912f;

  /** Scale that the last fit found; not negative for {@link #affine}. */
  float scale;

  /** Offset that {@link #affine} found: values are about scale·q − offset; at least 0. */
  float offset;

  static float round(float x) {
    return x + ROUNDER - ROUNDER;
  }

  /** round(x) within low … high; 0 (or the nearest bound) for NaN. */
  static int quant(float x, int low, int high) {
    return (int) Math.max(low, Math.min(high, round(x)));
  }

  /** 1/x, or 0 where that is not finite. */
  static float inverse(float x) {
    float inverse = 1f / x;
    return Math.abs(inverse) <= Float.MAX_VALUE ? inverse : 0f;
  }

  /** The value of largest magnitude in {@code x[from … from + n − 1]}, with its sign. */
  static float extreme(float[] x, int from, int n) {
    float extreme = 0f;
    for (int i = from; i < from + n; i++) {
      if (Math.abs(x[i]) > Math.abs(extreme)) {
        extreme = x[i];
      }
    }
    return extreme;
  }

  /**
   * x ≈ scale·q with integers q in −bound … bound − 1. The largest magnitude is put near −bound, the side with one step more, so the scale
   * may be negative.
   */
  void symmetric(float[] x, int from, int n, int bound) {
    scale = 0f;
    float extreme = extreme(x, from, n);
    if (inverse(extreme) == 0f) {
      return;
    }
    float best = 0f;
    for (int step = -STEPS; step <= STEPS; step++) {
      float inverse = -(bound + STEP * step) / extreme;
      float xq = 0f;
      float qq = 0f;
      for (int i = from; i < from + n; i++) {
        float v = x[i];
        float q = Math.max(-bound, Math.min(bound - 1, round(v * inverse)));
        xq += v * v * v * q;
        qq += v * v * q * q;
      }
      if (qq > 0 && xq * xq > best * qq) {
        scale = xq / qq;
        best = scale * xq;
      }
    }
  }

  /** x ≈ scale·q − offset with integers q in 0 … top and offset ≥ 0: the range always contains 0. */
  void affine(float[] x, int from, int n, int top) {
    float minimum = 0f;
    float maximum = 0f;
    float sumSquares = 0f;
    for (int i = from; i < from + n; i++) {
      minimum = Math.min(minimum, x[i]);
      maximum = Math.max(maximum, x[i]);
      sumSquares += x[i] * x[i];
    }
    float range = maximum - minimum;
    scale = range / top;
    offset = -minimum;
    if (inverse(range) == 0f) {
      scale = 0f;
      return;
    }
    float spread = (float) Math.sqrt(sumSquares / n);
    double bestError = Double.MAX_VALUE;
    for (int step = -STEPS; step <= STEPS; step++) {
      float inverse = (top + STEP * step) / range;
      float w = 0f;
      float wx = 0f;
      float wq = 0f;
      float wqq = 0f;
      float wxq = 0f;
      for (int i = from; i < from + n; i++) {
        float v = x[i];
        float weight = spread + Math.abs(v);
        float q = Math.max(0f, Math.min(top, round((v - minimum) * inverse)));
        float weighted = weight * q;
        w += weight;
        wx += weight * v;
        wq += weighted;
        wqq += weighted * q;
        wxq += weighted * v;
      }
      double determinant = (double) w * wqq - (double) wq * wq;
      double a = ((double) w * wxq - (double) wx * wq) / determinant;
      double b = ((double) wqq * wx - (double) wq * wxq) / determinant;
      if (b > 0) {
        a = (double) wxq / wqq;
        b = 0;
      }
      // Σ w·(x − a·q − b)², less the part that no choice of q changes.
      double error = a * (a * wqq - 2 * wxq) + b * (b * w - 2 * wx) + 2 * a * b * wq;
      if (a > 0 && a <= range && error < bestError) {
        bestError = error;
        scale = (float) a;
        offset = (float) -b;
      }
    }
  }
}
