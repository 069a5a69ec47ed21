package io.mvlm.kernels.cpu;

/** x·Wᵀ in double precision. */
final class LinearOracle {
  /** What {@link LinearInput#SCALE} costs: products below 2⁻⁹³ are rounded away; a block adds up to 60 000 such steps. */
  private static final double ABSOLUTE = 0x1p-93 * 0x1p16;

  private final int tokens;
  private final int rows;
  private final double[] values;
  private final double[] tolerances;

  LinearOracle(int tokens, int rows) {
    this.tokens = tokens;
    this.rows = rows;
    this.values = new double[tokens * rows];
    this.tolerances = new double[tokens * rows];
  }

  /**
   * Fills rows {@code [firstRow, firstRow + weights.length / columns)} of every token.
   *
   * @param relativeError see {@link InputRounding#relativeError}
   */
  void multiply(double[] inputs, double[] weights, int columns, int firstRow, double relativeError) {
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
        tolerances[at] = (1e-5 + relativeError) * magnitude + ABSOLUTE * columns;
      }
    }
  }

  double[] values() {
    return values;
  }

  double[] tolerances() {
    return tolerances;
  }
}
