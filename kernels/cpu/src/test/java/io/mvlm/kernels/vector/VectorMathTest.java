package io.mvlm.kernels.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.Nonlinearity;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The error bounds that {@link VectorMath} promises. */
class VectorMathTest {
  /** One vector, in place. */
  private interface Function {
    void of(float[] x);
  }

  private static final Function EXP = x -> VectorMath.exp(x, 0, 1, Lanes.LANES, new float[Lanes.LANES], 0);

  @Test
  void exp() {
    double worst = worst(EXP, -87, 88, 1_000_003, (y, x) -> Math.abs(y / Math.exp(x) - 1));
    assertTrue(worst < 3e-7, "relative error " + worst);
  }

  @Test
  void expBeyondItsRange() {
    assertEquals(0f, at(EXP, -87.001f));
    assertEquals(0f, at(EXP, -1e30f));
    assertEquals(0f, at(EXP, Float.NEGATIVE_INFINITY));
    assertTrue(Float.isNaN(at(EXP, Float.NaN)));
  }

  @Test
  void exactWhereItMatters() {
    assertEquals(1f, at(EXP, 0f));
    assertEquals(1f, at(EXP, -0f));
    for (Nonlinearity f : new Nonlinearity[] {Nonlinearity.SILU, Nonlinearity.GELU, Nonlinearity.GELU_TANH, Nonlinearity.GELU_QUICK}) {
      for (float x : new float[] {0, 9, 100, 1e30f}) {
        assertEquals(x, at(function(f), x), x == 9 ? 2e-3f : 0, f + " of " + x);
        assertEquals(0, at(function(f), -x), x == 9 ? 2e-3f : 1e-8f, f + " of " + -x);
      }
    }
  }

  @Test
  void eachColumnHasAShift() {
    int rows = 5;
    int stride = Lanes.LANES + 3;
    float[] x = new float[1 + rows * stride];
    for (int i = 0; i < x.length; i++) {
      x[i] = -i;
    }
    float[] shift = new float[1 + Lanes.LANES];
    for (int i = 0; i < shift.length; i++) {
      shift[i] = i;
    }
    float[] y = x.clone();
    VectorMath.exp(y, 1, rows, stride, shift, 1);
    for (int i = 0; i < x.length; i++) {
      int column = (i - 1) % stride;
      boolean outside = i == 0 || column >= Lanes.LANES;
      double expected = outside ? x[i] : x[i] - shift[1 + column] < -87 ? 0 : Math.exp(x[i] - shift[1 + column]);
      assertEquals(expected, y[i], 3e-7 * Math.abs(expected), "value " + i);
    }
  }

  @Test
  void sigmoid() {
    double worst = worst(function(Nonlinearity.SILU), -80, 80, 200_003, (y, x) -> x == 0 ? y : Math.abs(y / x * (1 + Math.exp(-x)) - 1));
    assertTrue(worst < 5e-7, "relative error " + worst);
  }

  @Test
  void tanhForm() {
    double worst = worst(function(Nonlinearity.GELU_TANH), -12, 12, 200_003,
        (y, x) -> Math.abs(y - x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)))));
    assertTrue(worst < 1e-6, "absolute error " + worst);
  }

  @Test
  void gauss() {
    double worst = worst(function(Nonlinearity.GELU), -10, 10, 200_003,
        (y, x) -> x == 0 ? y : Math.abs(y / x - 0.5 * (1 + integralOfGauss(x / Math.sqrt(2)))));
    assertTrue(worst < 2e-7, "absolute error " + worst);
  }

  private static Function function(Nonlinearity f) {
    return x -> assertEquals(Lanes.LANES, VectorPointwise.apply(f, x, 0, x, 0, Lanes.LANES));
  }

  /** erf by Simpson's rule. */
  private static double integralOfGauss(double x) {
    int steps = 64 + 2 * (int) (30 * Math.abs(x));
    double h = x / steps;
    double sum = 1 + Math.exp(-x * x);
    for (int i = 1; i < steps; i++) {
      sum += (i % 2 == 0 ? 2 : 4) * Math.exp(-i * h * i * h);
    }
    return 2 / Math.sqrt(Math.PI) * h / 3 * sum;
  }

  private interface Error {
    double of(double y, double x);
  }

  private static double worst(Function f, double from, double to, int count, Error error) {
    double worst = 0;
    float[] x = new float[Lanes.LANES];
    for (int i = 0; i < count; i += Lanes.LANES) {
      for (int lane = 0; lane < Lanes.LANES; lane++) {
        x[lane] = (float) (from + (to - from) * Math.min(1, (double) (i + lane) / (count - 1)));
      }
      float[] y = x.clone();
      f.of(y);
      for (int lane = 0; lane < Lanes.LANES; lane++) {
        worst = Math.max(worst, error.of(y[lane], x[lane]));
      }
    }
    return worst;
  }

  private static float at(Function f, float x) {
    float[] y = new float[Lanes.LANES];
    Arrays.fill(y, x);
    f.of(y);
    return y[Lanes.LANES - 1];
  }
}
