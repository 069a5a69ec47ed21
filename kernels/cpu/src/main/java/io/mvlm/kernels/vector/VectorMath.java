package io.mvlm.kernels.vector;

import static io.mvlm.kernels.vector.Lanes.FLOATS;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Elementary functions on a vector of floats. */
final class VectorMath {
  private static final float LOG2_E = 1.44269504f;
  /** ln 2 in two parts, the first with few bits, so that n·LN2_HIGH is exact (Cody and Waite). */
  private static final float LN2_HIGH = 0.693359375f;
  private static final float LN2_LOW = -2.12194440e-4f;
  /** Adding it rounds to an integer in the lowest bits of the mantissa. */
  private static final float ROUND = 0x1.8p23f;

  private VectorMath() {}

  /** e^x with a relative error below 3·10⁻⁷ for x in [−87, 88]; beyond, the values at these ends. */
  static FloatVector exp(FloatVector x) {
    x = x.max(-87f).min(88f);
    FloatVector shifted = x.fma(FloatVector.broadcast(FLOATS, LOG2_E), FloatVector.broadcast(FLOATS, ROUND));
    FloatVector n = shifted.sub(ROUND);
    FloatVector r = n.fma(FloatVector.broadcast(FLOATS, -LN2_HIGH), x);
    r = n.fma(FloatVector.broadcast(FLOATS, -LN2_LOW), r);
    // e^r on |r| ≤ ln2/2: the Taylor series to r⁶; its next term is at most 1.2e-7.
    FloatVector p = FloatVector.broadcast(FLOATS, 1 / 720f);
    p = p.fma(r, FloatVector.broadcast(FLOATS, 1 / 120f));
    p = p.fma(r, FloatVector.broadcast(FLOATS, 1 / 24f));
    p = p.fma(r, FloatVector.broadcast(FLOATS, 1 / 6f));
    p = p.fma(r, FloatVector.broadcast(FLOATS, 0.5f));
    p = p.fma(r, FloatVector.broadcast(FLOATS, 1f));
    p = p.fma(r, FloatVector.broadcast(FLOATS, 1f));
    // 2^n: n stands in the lowest bits of the shifted value; the bits above fall off.
    IntVector power = shifted.reinterpretAsInts().add(127).lanewise(VectorOperators.LSHL, 23);
    return p.mul(power.reinterpretAsFloats());
  }

  /** 1/(1 + e^−x) */
  static FloatVector sigmoid(FloatVector x) {
    FloatVector one = FloatVector.broadcast(FLOATS, 1f);
    return one.div(exp(x.neg()).add(1f));
  }

  /**
   * erf(x) with an absolute error below 3·10⁻⁷: up to 1 an odd polynomial (interpolation of erf(√z)/√z at Chebyshev nodes, 5·10⁻⁸), whose
   * relative error stays small at 0; above Abramowitz and Stegun 7.1.26, whose own is 1.5·10⁻⁷.
   */
  static FloatVector erf(FloatVector x) {
    FloatVector a = x.abs();
    FloatVector z = x.mul(x);
    FloatVector near = FloatVector.broadcast(FLOATS, -5.64805989e-4f);
    near = near.fma(z, FloatVector.broadcast(FLOATS, 4.92176181e-3f));
    near = near.fma(z, FloatVector.broadcast(FLOATS, -2.67150551e-2f));
    near = near.fma(z, FloatVector.broadcast(FLOATS, 0.112803169f));
    near = near.fma(z, FloatVector.broadcast(FLOATS, -0.376123428f));
    near = near.fma(z, FloatVector.broadcast(FLOATS, 1.12837911f)).mul(x);
    FloatVector one = FloatVector.broadcast(FLOATS, 1f);
    FloatVector t = one.div(a.fma(FloatVector.broadcast(FLOATS, 0.3275911f), one));
    FloatVector p = FloatVector.broadcast(FLOATS, 1.061405429f);
    p = p.fma(t, FloatVector.broadcast(FLOATS, -1.453152027f));
    p = p.fma(t, FloatVector.broadcast(FLOATS, 1.421413741f));
    p = p.fma(t, FloatVector.broadcast(FLOATS, -0.284496736f));
    p = p.fma(t, FloatVector.broadcast(FLOATS, 0.254829592f)).mul(t);
    FloatVector magnitude = one.sub(p.mul(exp(z.neg())));
    IntVector sign = x.reinterpretAsInts().and(0x80000000);
    FloatVector far = magnitude.reinterpretAsInts().or(sign).reinterpretAsFloats();
    return far.blend(near, a.compare(VectorOperators.LE, 1f));
  }
}
