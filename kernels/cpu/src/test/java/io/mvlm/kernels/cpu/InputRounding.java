package io.mvlm.kernels.cpu;

import java.util.Arrays;

/** What kernels make of activations and weights before they multiply: the values that a form stands for. */
public class InputRounding {
  /** @param x {@code [rows, columns]} */
  public double[] of(LinearInput.Form form, float[] x, int columns) {
    boolean rounds = form == LinearInput.Form.INT8 || form instanceof LinearInput.OwnForm own && own.madeOf() == LinearInput.Form.INT8;
    return rounds ? toInt8(x, columns) : widened(x);
  }

  /**
   * What weights become that meet activations in that form.
   *
   * @param weights {@code [rows, columns]}
   */
  public double[] ofWeights(LinearInput.Form form, float[] weights, int columns) {
    return widened(weights);
  }

  /** What products of the form may lose beyond the rounding of 32-bit floats, of each term's magnitude. */
  public double relativeError(LinearInput.Form form) {
    return 0;
  }

  protected static double[] widened(float[] x) {
    double[] values = new double[x.length];
    Arrays.setAll(values, i -> x[i]);
    return values;
  }

  /** As {@link LinearInput.Form#INT8} has them. */
  protected static double[] toInt8(float[] x, int columns) {
    int padded = LinearInput.padded(columns);
    int[] pairs = new int[padded / 2];
    float[] scales = new float[padded / LinearInput.BLOCK];
    int[] sums = new int[padded / LinearInput.HALF];
    double[] values = new double[x.length];
    for (int row = 0; row < x.length; row += columns) {
      new ScalarKernels().quantize(x, row, columns, pairs, 0, scales, 0, sums, 0, padded);
      for (int k = 0; k < columns; k++) {
        int quant = k % 2 == 0 ? (short) pairs[k / 2] : pairs[k / 2] >> 16;
        values[row + k] = quant * ((double) scales[k / LinearInput.BLOCK] / LinearInput.SCALE);
      }
    }
    return values;
  }
}
