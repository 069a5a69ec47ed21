package io.mvlm.kernels.codegen;

import io.mvlm.kernels.codegen.x86.Mem;
import io.mvlm.kernels.codegen.x86.Op;
import io.mvlm.kernels.codegen.x86.Operand;
import io.mvlm.kernels.codegen.x86.Vec;

/**
 * Code for 2^(x + s), x up to 0, with a relative error below 2·10⁻⁷ down to −126 − s. Below −126.5 − s the result is 0: hardly one is a
 * subnormal number, which multiplies a hundred times slower. What is no number stays that.
 *
 * <p>x is rounded to an integer n; 2^(n + s) is put together from bits, and 2^(x − n) a polynomial, the one of its degree with the smallest
 * relative error on [−1/2, 1/2] (9.2·10⁻⁸) among those that make 2^0 one.
 */
final class Exponential {
  private static final float[] COEFFICIENTS = {1, 0.693147004f, 0.240222424f, 0.0555073358f, 0.00967151299f, 0.00132647273f};
  private static final int EXPONENT_BIAS = 127;
  private static final int MANTISSA_BITS = 23;
  /** Adding it rounds to an integer, which stands in the lowest bits of the mantissa. */
  private static final float ROUND = 0x1.8p23f;

  private final Routine r;
  private final Vec least;
  private final Vec round;
  private final Operand[] coefficients = new Operand[COEFFICIENTS.length];

  /** Without a shift. */
  Exponential(Routine r, int first) {
    this(r, first, 0);
  }

  /**
   * Loads what does not change.
   *
   * @param first of two registers that must be kept, or of eight where there are 32
   * @param shift s
   */
  Exponential(Routine r, int first, int shift) {
    this.r = r;
    this.least = r.vec(first);
    this.round = r.vec(first + 1);
    r.setAll(least, (float) -(EXPONENT_BIAS + shift));
    r.setAll(round, ROUND + EXPONENT_BIAS + shift);
    for (int i = 0; i < coefficients.length; i++) {
      if (r.is512()) {
        Vec register = r.vec(first + 2 + i);
        r.setAll(register, COEFFICIENTS[i]);
        coefficients[i] = register;
      } else {
        coefficients[i] = r.everyLane(COEFFICIENTS[i]);
      }
    }
  }

  /** x = 2^(x + s) */
  void replace(Vec x, Vec spare, Vec other) {
    // The second operand is the result if one of them is no number.
    r.a.emit(Op.VMAXPS, x, least, x);
    r.a.emit(Op.VADDPS, spare, x, round);
    r.a.emit(Op.VSUBPS, other, spare, round);
    r.a.emit(Op.VSUBPS, x, x, other);
    r.a.emit(Op.VPSLLD, spare, spare, MANTISSA_BITS);
    int last = coefficients.length - 1;
    r.a.emit(Op.VMOVUPS, other, coefficients[last]);
    for (int i = last - 1; i >= 0; i--) {
      r.a.emit(Op.VFMADD213PS, other, x, coefficients[i]);
    }
    r.a.emit(Op.VMULPS, x, other, spare);
  }
}
