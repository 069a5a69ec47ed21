package io.mvlm.kernels.vector;

import static io.mvlm.kernels.vector.Lanes.FLOATS;
import static io.mvlm.kernels.vector.Lanes.LANES;

import io.mvlm.core.Nonlinearity;
import jdk.incubator.vector.FloatVector;

/** Elementwise kernels. Each works on whole vectors and returns how many values that were; the scalar twin does the rest. */
final class VectorPointwise {
  /** With tanh(u) = 2·σ(2u) − 1 the tanh form of GELU is x·σ(2u), u = √(2/π)·(x + 0.044715·x³). */
  private static final float TANH_SLOPE = (float) (2 * Math.sqrt(2 / Math.PI));

  private VectorPointwise() {}

  static int add(float[] x, int xo, float[] y, int yo, float[] z, int zo, int n) {
    Ranges.check(x, xo, n);
    Ranges.check(y, yo, n);
    Ranges.check(z, zo, n);
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector.fromArray(FLOATS, x, xo + i).add(FloatVector.fromArray(FLOATS, y, yo + i)).intoArray(z, zo + i);
    }
    return i;
  }

  static int multiply(float[] x, int xo, float[] y, int yo, float[] z, int zo, int n) {
    Ranges.check(x, xo, n);
    Ranges.check(y, yo, n);
    Ranges.check(z, zo, n);
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector.fromArray(FLOATS, x, xo + i).mul(FloatVector.fromArray(FLOATS, y, yo + i)).intoArray(z, zo + i);
    }
    return i;
  }

  static int multiplyAdd(float[] x, int xo, float[] y, int yo, float[] z, int zo, int n) {
    Ranges.check(x, xo, n);
    Ranges.check(y, yo, n);
    Ranges.check(z, zo, n);
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector.fromArray(FLOATS, x, xo + i).fma(FloatVector.fromArray(FLOATS, y, yo + i), FloatVector.fromArray(FLOATS, z, zo + i))
          .intoArray(z, zo + i);
    }
    return i;
  }

  static int scale(float[] x, int xo, float factor, float[] z, int zo, int n) {
    Ranges.check(x, xo, n);
    Ranges.check(z, zo, n);
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector.fromArray(FLOATS, x, xo + i).mul(factor).intoArray(z, zo + i);
    }
    return i;
  }

  static int apply(Nonlinearity f, float[] x, int xo, float[] y, int yo, int n) {
    Ranges.check(x, xo, n);
    Ranges.check(y, yo, n);
    return switch (f) {
      case GELU -> VectorMath.gelu(x, xo, y, yo, n);
      case GELU_TANH -> VectorMath.gated(TANH_SLOPE, TANH_SLOPE * 0.044715f, x, xo, y, yo, n);
      case GELU_QUICK -> VectorMath.gated(1.702f, 0, x, xo, y, yo, n);
      case SILU -> VectorMath.gated(1, 0, x, xo, y, yo, n);
      default -> 0; // IDENTITY, RELU and the hard forms are simple enough for C2 to vectorise
    };
  }

  /** @param y not the place of {@code up} */
  static int gatedSilu(float[] gate, int go, float[] up, int uo, float[] y, int yo, int n) {
    Ranges.check(gate, go, n);
    Ranges.check(y, yo, n);
    int done = VectorMath.gated(1, 0, gate, go, y, yo, n);
    return multiply(y, yo, up, uo, y, yo, done);
  }
}
