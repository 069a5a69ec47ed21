package io.mvlm.kernels.vector;

import static io.mvlm.kernels.vector.Lanes.FLOATS;
import static io.mvlm.kernels.vector.Lanes.LANES;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * Elementary functions of whole arrays. They work on all that is there, and not on a vector that a caller holds, because of what
 * {@link Lanes} says about methods that take vectors.
 *
 * <p>e^x is 2^n·e^r with x = n·ln 2 + r and |r| ≤ ln 2 / 2, and e^r its Taylor series to r⁶, whose next term is at most 1.2·10⁻⁷. Limits are
 * comparisons and not {@code min} and {@code max}, which take three instructions more and see to it that NaN stays; so do these.
 */
final class VectorMath {
  private static final float LOG2_E = 1.44269504f;
  /** ln 2 in two parts, the first with few bits, so that n·LN2_HIGH is exact (Cody and Waite). */
  private static final float LN2_HIGH = 0.693359375f;
  private static final float LN2_LOW = -2.12194440e-4f;
  /** Adding it rounds to an integer in the lowest bits of the mantissa. */
  private static final float ROUND = 0x1.8p23f;
  private static final float LEAST = -87;
  private static final float MOST = 88;
  /** Beyond, every form of σ is 0 or 1, and its argument does not overflow. */
  private static final float FAR = 100;
  private static final float ROOT_HALF = (float) Math.sqrt(0.5);

  private VectorMath() {}

  /**
   * x = e^(x − shift) for a column of vectors, {@code stride} values apart, with a relative error below 3·10⁻⁷ for differences in [−87, 88];
   * 0 below. None may be above.
   *
   * @param shift one for each lane, from {@code so} on
   */
  static void exp(float[] x, int xo, int rows, int stride, float[] shift, int so) {
    FloatVector shifts = FloatVector.fromArray(FLOATS, shift, so);
    for (int r = 0; r < rows; r++) {
      FloatVector v = FloatVector.fromArray(FLOATS, x, xo + r * stride).sub(shifts);
      FloatVector n = v.fma(FloatVector.broadcast(FLOATS, LOG2_E), FloatVector.broadcast(FLOATS, ROUND));
      // n stands in the lowest bits; the bits above fall off.
      IntVector power = n.reinterpretAsInts().add(127).lanewise(LSHL, 23);
      n = n.sub(ROUND);
      FloatVector rest = n.fma(FloatVector.broadcast(FLOATS, -LN2_HIGH), v);
      rest = n.fma(FloatVector.broadcast(FLOATS, -LN2_LOW), rest);
      FloatVector p = FloatVector.broadcast(FLOATS, 1 / 720f).fma(rest, FloatVector.broadcast(FLOATS, 1 / 120f));
      p = p.fma(rest, FloatVector.broadcast(FLOATS, 1 / 24f));
      p = p.fma(rest, FloatVector.broadcast(FLOATS, 1 / 6f));
      p = p.fma(rest, FloatVector.broadcast(FLOATS, 0.5f));
      p = p.fma(rest, FloatVector.broadcast(FLOATS, 1f));
      p = p.fma(rest, FloatVector.broadcast(FLOATS, 1f));
      p.mul(power.reinterpretAsFloats()).blend(0f, v.compare(LT, LEAST)).intoArray(x, xo + r * stride);
    }
  }

  /**
   * y = x·σ(x·(a + b·x²)), σ with a relative error below 5·10⁻⁷, for whole vectors; returns how many values that were. x and y may be the
   * same.
   */
  static int gated(float a, float b, float[] x, int xo, float[] y, int yo, int n) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector v = FloatVector.fromArray(FLOATS, x, xo + i);
      FloatVector t = v.blend(FAR, v.compare(GT, FAR));
      t = t.blend(-FAR, t.compare(LT, -FAR));
      t = t.mul(t).fma(FloatVector.broadcast(FLOATS, -b), FloatVector.broadcast(FLOATS, -a)).mul(t);
      t = t.blend(MOST, t.compare(GT, MOST));
      t = t.blend(LEAST, t.compare(LT, LEAST));
      FloatVector k = t.fma(FloatVector.broadcast(FLOATS, LOG2_E), FloatVector.broadcast(FLOATS, ROUND));
      IntVector power = k.reinterpretAsInts().add(127).lanewise(LSHL, 23);
      k = k.sub(ROUND);
      t = k.fma(FloatVector.broadcast(FLOATS, -LN2_HIGH), t);
      t = k.fma(FloatVector.broadcast(FLOATS, -LN2_LOW), t);
      FloatVector p = FloatVector.broadcast(FLOATS, 1 / 720f).fma(t, FloatVector.broadcast(FLOATS, 1 / 120f));
      p = p.fma(t, FloatVector.broadcast(FLOATS, 1 / 24f));
      p = p.fma(t, FloatVector.broadcast(FLOATS, 1 / 6f));
      p = p.fma(t, FloatVector.broadcast(FLOATS, 0.5f));
      p = p.fma(t, FloatVector.broadcast(FLOATS, 1f));
      p = p.fma(t, FloatVector.broadcast(FLOATS, 1f));
      v.div(p.fma(power.reinterpretAsFloats(), FloatVector.broadcast(FLOATS, 1f))).intoArray(y, yo + i);
    }
    return i;
  }

  /**
   * y = x·Φ(x), Φ = (1 + erf(x/√2))/2 with an absolute error below 2·10⁻⁷, for whole vectors; returns how many values that were. x and y may
   * be the same.
   *
   * <p>Up to 1, erf is an odd polynomial (interpolation of erf(√z)/√z at Chebyshev nodes, 5·10⁻⁸), whose relative error stays small at 0;
   * above, 1 − q⁻⁸, where q is a polynomial as in Abramowitz and Stegun 7.1.28, fitted to [1, 4] (1.3·10⁻⁷). Where q⁸ overflows, erf is 1.
   */
  static int gelu(float[] x, int xo, float[] y, int yo, int n) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector v = FloatVector.fromArray(FLOATS, x, xo + i);
      FloatVector u = v.mul(ROOT_HALF);
      FloatVector a = u.abs();
      FloatVector z = u.mul(u);
      FloatVector near = FloatVector.broadcast(FLOATS, -5.64805989e-4f).fma(z, FloatVector.broadcast(FLOATS, 4.92176181e-3f));
      near = near.fma(z, FloatVector.broadcast(FLOATS, -2.67150551e-2f));
      near = near.fma(z, FloatVector.broadcast(FLOATS, 0.112803169f));
      near = near.fma(z, FloatVector.broadcast(FLOATS, -0.376123428f));
      near = near.fma(z, FloatVector.broadcast(FLOATS, 1.12837911f)).mul(a);
      FloatVector q = FloatVector.broadcast(FLOATS, 2.24187085e-3f).fma(a, FloatVector.broadcast(FLOATS, -1.23701636e-2f));
      q = q.fma(a, FloatVector.broadcast(FLOATS, 4.61257212e-2f));
      q = q.fma(a, FloatVector.broadcast(FLOATS, -4.87325452e-2f));
      q = q.fma(a, FloatVector.broadcast(FLOATS, 0.161048546f));
      q = q.fma(a, FloatVector.broadcast(FLOATS, 0.103661455f));
      q = q.fma(a, FloatVector.broadcast(FLOATS, 1.00813735f));
      q = q.mul(q);
      q = q.mul(q);
      q = q.mul(q);
      FloatVector one = FloatVector.broadcast(FLOATS, 1f);
      FloatVector erf = one.sub(one.div(q)).blend(near, a.compare(LE, 1f));
      // x·erf(u) is even: |x|·erf(|u|).
      FloatVector half = v.mul(0.5f);
      half.abs().fma(erf, half).intoArray(y, yo + i);
    }
    return i;
  }
}
