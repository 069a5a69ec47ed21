package io.mvlm.kernels.vector;

import static io.mvlm.kernels.vector.Lanes.FLOATS;
import static io.mvlm.kernels.vector.Lanes.LANES;

import io.mvlm.core.Nonlinearity;
import jdk.incubator.vector.FloatVector;

/** Elementwise kernels. Each works on whole vectors and returns how many values that were; the scalar twin does the rest. */
final class VectorPointwise {
  private VectorPointwise() {}

  static int add(float[] x, int xo, float[] y, int yo, float[] z, int zo, int n) {
    Ranges.check(x, xo, n);
    Ranges.check(y, yo, n);
    Ranges.check(z, zo, n);
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      load(x, xo + i).add(load(y, yo + i)).intoArray(z, zo + i);
    }
    return i;
  }

  static int multiply(float[] x, int xo, float[] y, int yo, float[] z, int zo, int n) {
    Ranges.check(x, xo, n);
    Ranges.check(y, yo, n);
    Ranges.check(z, zo, n);
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      load(x, xo + i).mul(load(y, yo + i)).intoArray(z, zo + i);
    }
    return i;
  }

  static int multiplyAdd(float[] x, int xo, float[] y, int yo, float[] z, int zo, int n) {
    Ranges.check(x, xo, n);
    Ranges.check(y, yo, n);
    Ranges.check(z, zo, n);
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      load(x, xo + i).fma(load(y, yo + i), load(z, zo + i)).intoArray(z, zo + i);
    }
    return i;
  }

  static int scale(float[] x, int xo, float factor, float[] z, int zo, int n) {
    Ranges.check(x, xo, n);
    Ranges.check(z, zo, n);
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      load(x, xo + i).mul(factor).intoArray(z, zo + i);
    }
    return i;
  }

  static int apply(Nonlinearity f, float[] x, int xo, float[] y, int yo, int n) {
    Ranges.check(x, xo, n);
    Ranges.check(y, yo, n);
    return switch (f) {
      case GELU -> gelu(x, xo, y, yo, n);
      case GELU_TANH -> geluTanh(x, xo, y, yo, n);
      case GELU_QUICK -> quick(1.702f, x, xo, y, yo, n);
      case SILU -> quick(1f, x, xo, y, yo, n);
      default -> 0; // IDENTITY, RELU and the hard forms are simple enough for C2 to vectorise
    };
  }

  private static int gelu(float[] x, int xo, float[] y, int yo, int n) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector v = load(x, xo + i);
      FloatVector half = v.mul(0.5f);
      half.fma(VectorMath.erf(v.mul((float) Math.sqrt(0.5))), half).intoArray(y, yo + i);
    }
    return i;
  }

  /** With tanh(u) = 2·σ(2u) − 1 the tanh form is x·σ(2u). */
  private static int geluTanh(float[] x, int xo, float[] y, int yo, int n) {
    float scale = (float) (2 * Math.sqrt(2 / Math.PI));
    FloatVector one = FloatVector.broadcast(FLOATS, 1f);
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector v = load(x, xo + i);
      FloatVector u = v.mul(v).mul(0.044715f).add(one).mul(v).mul(scale);
      v.mul(VectorMath.sigmoid(u)).intoArray(y, yo + i);
    }
    return i;
  }

  private static int quick(float slope, float[] x, int xo, float[] y, int yo, int n) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector v = load(x, xo + i);
      v.mul(VectorMath.sigmoid(v.mul(slope))).intoArray(y, yo + i);
    }
    return i;
  }

  static int gatedSilu(float[] gate, int go, float[] up, int uo, float[] y, int yo, int n) {
    Ranges.check(gate, go, n);
    Ranges.check(up, uo, n);
    Ranges.check(y, yo, n);
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector v = load(gate, go + i);
      v.mul(VectorMath.sigmoid(v)).mul(load(up, uo + i)).intoArray(y, yo + i);
    }
    return i;
  }

  private static FloatVector load(float[] x, int at) {
    return FloatVector.fromArray(FLOATS, x, at);
  }
}
