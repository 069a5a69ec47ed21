package io.mvlm.kernels.cpu;

import java.util.Arrays;

/** x·Wᵀ in double precision, with float activations, or with activations rounded to 8 bits as {@link LinearInput.Form#INT8} has them. */
final class LinearOracle {
  /** What {@link LinearInput#SCALE} costs: products below 2⁻⁹³ are rounded away; a block adds up to 60 000 such steps. */
  private static final double ABSOLUTE = 0x1p-93 * 0x1p16;

  private final int tokens;
  private final int rows;
  private final double[] values;
  private final double[] tolerances;

  /** Up to so many tokens, {@link LinearInput.Form#TILED_INT8} holds activations that were rounded once. */
  private static final int ROUNDED_ONCE = 3;

  LinearOracle(int tokens, int rows) {
    this.tokens = tokens;
    this.rows = rows;
    this.values = new double[tokens * rows];
    this.tolerances = new double[tokens * rows];
  }

  /** Fills rows {@code [firstRow, firstRow + weights.length / columns)} of every token. */
  void multiply(float[] x, float[] weights, int columns, int firstRow, LinearInput.Form form) {
    double[] inputs = switch (form) {
      case INT8, FACTORS4, FACTORS5, FACTORS6, FACTORS8 -> rounded(x, columns);
      case TILED_INT8 -> tokens > ROUNDED_ONCE ? roundedTwice(x, columns) : rounded(x, columns);
      default -> widened(x);
    };
    for (int t = 0; t < tokens; t++) {
      for (int r = 0; r < weights.length / columns; r++) {
        double sum = 0;
        double magnitude = 0;
        for (int k = 0; k < columns; k++) {
          double product = inputs[t * columns + k] * weights[r * columns + k];
          sum += product;
          magnitude += Math.abs(product);
        }
        int at = t * rows + firstRow + r;
        values[at] = sum;
        tolerances[at] = 1e-5 * magnitude + ABSOLUTE * columns;
      }
    }
  }

  double[] values() {
    return values;
  }

  double[] tolerances() {
    return tolerances;
  }

  private static double[] widened(float[] x) {
    double[] values = new double[x.length];
    Arrays.setAll(values, i -> x[i]);
    return values;
  }

  /** What the first rounding leaves over is rounded once more. */
  private double[] roundedTwice(float[] x, int columns) {
    double[] values = rounded(x, columns);
    float[] rest = new float[x.length];
    for (int i = 0; i < values.length; i++) {
      rest[i] = x[i] - (float) values[i];
    }
    double[] more = rounded(rest, columns);
    Arrays.setAll(values, i -> values[i] + more[i]);
    return values;
  }

  private double[] rounded(float[] x, int columns) {
    int padded = LinearInput.padded(columns);
    int[] pairs = new int[padded / 2];
    float[] scales = new float[padded / LinearInput.BLOCK];
    int[] sums = new int[padded / LinearInput.HALF];
    double[] values = new double[tokens * columns];
    for (int t = 0; t < tokens; t++) {
      new ScalarKernels().quantize(x, t * columns, columns, pairs, 0, scales, 0, sums, 0, padded);
      for (int k = 0; k < columns; k++) {
        int quant = k % 2 == 0 ? (short) pairs[k / 2] : pairs[k / 2] >> 16;
        values[t * columns + k] = quant * ((double) scales[k / LinearInput.BLOCK] / LinearInput.SCALE);
      }
    }
    return values;
  }
}
