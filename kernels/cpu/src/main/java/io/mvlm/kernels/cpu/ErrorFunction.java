package io.mvlm.kernels.cpu;

/** erf in double precision, for the exact GELU of the scalar twin. */
final class ErrorFunction {
  private static final double TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

  private ErrorFunction() {}

  /** Abramowitz and Stegun 7.1.6 below 3, the continued fraction 7.1.14 above; error below 1e-14. */
  static double erf(double x) {
    double a = Math.abs(x);
    if (a < 3) {
      double term = x;
      double sum = x;
      for (int n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
        term *= 2 * x * x / (2 * n + 1);
        sum += term;
      }
      return TWO_OVER_SQRT_PI * Math.exp(-x * x) * sum;
    }
    if (a > 6) {
      return Math.signum(x);
    }
    double fraction = a;
    for (int n = 60; n > 0; n--) {
      fraction = a + n / 2.0 / fraction;
    }
    return Math.signum(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / fraction);
  }
}
