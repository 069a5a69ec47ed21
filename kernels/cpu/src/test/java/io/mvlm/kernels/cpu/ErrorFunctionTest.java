package io.mvlm.kernels.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErrorFunctionTest {
  /** Abramowitz and Stegun, table 7.1, and further digits of the same values. */
  @ParameterizedTest
  @CsvSource({"0, 0", "0.1, 0.1124629160182849", "0.5, 0.5204998778130465", "1, 0.8427007929497149", "1.5, 0.9661051464753108",
      "2, 0.9953222650189527", "2.5, 0.9995930479825550", "3, 0.9999779095030014", "3.5, 0.9999992569016276", "4, 0.9999999845827421",
      "5, 0.9999999999984626", "6, 1", "40, 1"})
  void tabulatedValues(double x, double expected) {
    assertEquals(expected, ErrorFunction.erf(x), 1e-14);
    assertEquals(-expected, ErrorFunction.erf(-x), 1e-14);
  }

  @Test
  void growsAcrossTheBordersOfItsFormulas() {
    double last = -1;
    for (double x = -6.5; x <= 6.5; x += 1e-3) {
      double y = ErrorFunction.erf(x);
      assertTrue(y >= last - 1e-15, "at " + x);
      last = y;
    }
  }

  @Test
  void notANumber() {
    assertTrue(Double.isNaN(ErrorFunction.erf(Double.NaN)));
    assertEquals(1, ErrorFunction.erf(Double.POSITIVE_INFINITY));
    assertEquals(1e-300 * 2 / Math.sqrt(Math.PI), ErrorFunction.erf(1e-300), 1e-315);
  }
}
