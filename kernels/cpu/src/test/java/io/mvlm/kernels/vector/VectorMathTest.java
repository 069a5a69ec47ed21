package io.mvlm.kernels.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.DoubleUnaryOperator;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

/** The error bounds that {@link VectorMath} promises. */
class VectorMathTest {
  private interface Function {
    FloatVector of(FloatVector x);
  }

  @Test
  void exp() {
    double worst = worst(VectorMath::exp, -87, 88, 1_000_003, true, Math::exp);
    assertTrue(worst < 3e-7, "relative error " + worst);
  }

  @Test
  void expBeyondItsRange() {
    assertEquals(Math.exp(88), at(VectorMath::exp, 89), 3e-7 * Math.exp(88));
    assertEquals(Math.exp(88), at(VectorMath::exp, Float.POSITIVE_INFINITY), 3e-7 * Math.exp(88));
    assertEquals(Math.exp(-87), at(VectorMath::exp, -1e30f), 3e-7 * Math.exp(-87));
    assertEquals(Math.exp(-87), at(VectorMath::exp, Float.NEGATIVE_INFINITY), 3e-7 * Math.exp(-87));
    assertTrue(Float.isNaN(at(VectorMath::exp, Float.NaN)));
  }

  @Test
  void exactWhereItMatters() {
    assertEquals(1f, at(VectorMath::exp, 0f));
    assertEquals(1f, at(VectorMath::exp, -0f));
    assertEquals(0.5f, at(VectorMath::sigmoid, 0f));
    assertEquals(1f, at(VectorMath::sigmoid, 100f));
    assertEquals(1f, at(VectorMath::erf, 6f));
    assertEquals(-1f, at(VectorMath::erf, -6f));
    assertEquals(-1f, at(VectorMath::erf, -1e30f));
  }

  @Test
  void sigmoid() {
    double worst = worst(VectorMath::sigmoid, -80, 80, 200_003, true, x -> 1 / (1 + Math.exp(-x)));
    assertTrue(worst < 5e-7, "relative error " + worst);
  }

  @Test
  void erf() {
    double worst = worst(VectorMath::erf, -7, 7, 200_003, false, VectorMathTest::integralOfGauss);
    assertTrue(worst < 3e-7, "absolute error " + worst);
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

  private static double worst(Function f, double from, double to, int count, boolean relative, DoubleUnaryOperator exact) {
    double worst = 0;
    float[] x = new float[Lanes.LANES];
    float[] y = new float[Lanes.LANES];
    for (int i = 0; i < count; i += Lanes.LANES) {
      for (int lane = 0; lane < Lanes.LANES; lane++) {
        x[lane] = (float) (from + (to - from) * Math.min(1, (double) (i + lane) / (count - 1)));
      }
      f.of(FloatVector.fromArray(Lanes.FLOATS, x, 0)).intoArray(y, 0);
      for (int lane = 0; lane < Lanes.LANES; lane++) {
        double expected = exact.applyAsDouble(x[lane]);
        worst = Math.max(worst, Math.abs(y[lane] - expected) / (relative ? expected : 1));
      }
    }
    return worst;
  }

  private static float at(Function f, float x) {
    return f.of(FloatVector.broadcast(Lanes.FLOATS, x)).lane(0);
  }
}
