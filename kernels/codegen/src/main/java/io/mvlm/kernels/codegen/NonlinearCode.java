package io.mvlm.kernels.codegen;

import io.mvlm.core.Nonlinearity;
import io.mvlm.kernels.codegen.x86.Op;
import io.mvlm.kernels.codegen.x86.Vec;
import java.util.function.Consumer;

/**
 * Code for the nonlinearities of a vector. With t = e^−|u|, which never overflows, the sigmoid σ(u) is 1/(1 + t) for u ≥ 0 and t/(1 + t)
 * below. GELU is x·Φ(x) with the distribution function Φ of {@link #tail}; as tanh(v) = 2·σ(2v) − 1, its tanh form is x·σ(2v).
 *
 * <p>Beside the rounding of results, errors are below 1.3·10⁻⁷·|x|, those of GELU below 1.1·10⁻⁷·|x|; for x above −3 also below 9·10⁻⁷ of
 * the result.
 */
final class NonlinearCode {
  /** The first register that is free, up to {@link #CONSTANTS}. */
  static final int FREE = 8;

  /** From here on registers hold constants. */
  private static final int CONSTANTS = 13;
  private static final double LOG2_E = 1 / Math.log(2);
  private static final int SIGN = 0x80000000;
  /** Sigmoids are quotients of numbers that are 2^24 times too large: so their smallest are as exact as subnormal numbers can be. */
  private static final int SHIFT = 24;

  /** Of Φ(−a)·e^(a²/2) as a polynomial of a/(1 + a·{@link #SLOPE}): the least relative error on [0, 13.3] (5.3·10⁻⁸), where Φ ends. */
  private static final float[] TAIL = {0.5f, -0.3989419717f, 0.1343061032f, -0.02153680437f, 1.730032363e-4f, 3.354178137e-4f,
      3.282705522e-5f, -2.078196749e-5f, 1.953965816e-6f};
  private static final float SLOPE = 0.29f;
  private static final float TAIL_END = 13.3f;

  private final Routine r;
  private final Exponential exponential;
  private final Vec one;
  private final Vec u;
  private final Vec t;
  private final Vec spare;
  private final Vec other;

  private NonlinearCode(Routine r, int shift) {
    this.r = r;
    this.u = r.vec(1);
    this.t = r.vec(2);
    this.spare = r.vec(3);
    this.other = r.vec(4);
    this.one = r.vec(5);
    this.exponential = new Exponential(r, CONSTANTS, shift);
    r.setAll(one, (float) (1 << shift));
  }

  /** Loads constants, and gives what writes x = f(x) for vector 0, any number of times. */
  static Consumer<Vec> prepare(Routine r, Nonlinearity f) {
    return switch (f) {
      case GELU -> new NonlinearCode(r, 0)::gelu;
      case GELU_TANH -> new NonlinearCode(r, SHIFT)::geluTanh;
      case GELU_QUICK -> new NonlinearCode(r, SHIFT).quick(1.702);
      case SILU -> new NonlinearCode(r, SHIFT).quick(1);
      case RELU -> x -> clamp(r, x, false);
      case HARD_SWISH -> x -> {
        Vec shifted = r.vec(1);
        r.a.emit(Op.VADDPS, shifted, x, r.everyLane(3f));
        clamp(r, shifted, true);
        r.a.emit(Op.VMULPS, x, x, shifted);
        r.a.emit(Op.VDIVPS, x, x, r.everyLane(6f));
      };
      case HARD_SIGMOID -> x -> {
        r.a.emit(Op.VADDPS, x, x, r.everyLane(3f));
        clamp(r, x, true);
        r.a.emit(Op.VDIVPS, x, x, r.everyLane(6f));
      };
      case IDENTITY -> x -> { };
    };
  }

  /** x is at least 0 and, if bounded, at most 6. The second operand is the result if it is no number. */
  private static void clamp(Routine r, Vec x, boolean bounded) {
    Vec bound = r.vec(2);
    r.zero(bound);
    r.a.emit(Op.VMAXPS, x, bound, x);
    if (bounded) {
      r.setAll(bound, 6f);
      r.a.emit(Op.VMINPS, x, bound, x);
    }
  }

  /** x = x·σ(slope·x) */
  private Consumer<Vec> quick(double slope) {
    return x -> {
      r.a.emit(Op.VMULPS, u, x, r.everyLane((float) (slope * LOG2_E)));
      timesSigmoid(x);
    };
  }

  private void geluTanh(Vec x) {
    double scale = 2 * Math.sqrt(2 / Math.PI) * LOG2_E;
    r.a.emit(Op.VMULPS, u, x, x);
    r.setAll(t, (float) scale);
    r.a.emit(Op.VFMADD132PS, u, t, r.everyLane((float) (0.044715 * scale)));
    r.a.emit(Op.VMULPS, u, u, x);
    timesSigmoid(x);
  }

  /** x = x·σ(u·ln 2) */
  private void timesSigmoid(Vec x) {
    r.a.emit(Op.VPOR, t, u, r.everyLane(SIGN));
    exponential.replace(t, spare, other);
    r.a.emit(Op.VADDPS, other, t, one);
    r.selectBySign(t, u, one, t, spare);
    r.a.emit(Op.VDIVPS, t, t, other);
    r.a.emit(Op.VMULPS, x, x, t);
  }

  private void gelu(Vec x) {
    tail(x);
    r.a.emit(Op.VSUBPS, spare, one, u);
    r.selectBySign(u, x, spare, u, other);
    r.a.emit(Op.VMULPS, x, x, u);
  }

  /** u = Φ(−|x|) */
  private void tail(Vec x) {
    Vec polynomial = r.vec(6);
    r.a.emit(Op.VPAND, t, x, r.everyLane(~SIGN));
    r.setAll(spare, TAIL_END);
    r.a.emit(Op.VMINPS, t, spare, t); // the second operand, if it is no number
    r.a.emit(Op.VMOVAPS, spare, t);
    r.a.emit(Op.VFMADD132PS, spare, one, r.everyLane(SLOPE));
    r.a.emit(Op.VDIVPS, t, t, spare);
    r.setAll(polynomial, TAIL[TAIL.length - 1]);
    for (int i = TAIL.length - 2; i >= 0; i--) {
      r.a.emit(Op.VFMADD213PS, polynomial, t, r.everyLane(TAIL[i]));
    }
    r.a.emit(Op.VMULPS, u, x, x);
    r.a.emit(Op.VMULPS, u, u, r.everyLane((float) (-LOG2_E / 2)));
    exponential.replace(u, spare, other);
    r.a.emit(Op.VMULPS, u, u, polynomial);
  }
}
