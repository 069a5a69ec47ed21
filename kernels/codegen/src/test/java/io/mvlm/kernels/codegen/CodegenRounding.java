package io.mvlm.kernels.codegen;

import io.mvlm.kernels.cpu.InputRounding;
import io.mvlm.kernels.cpu.LinearInput;
import java.util.Arrays;

/** What the forms of generated products stand for. */
final class CodegenRounding extends InputRounding {
  @Override
  public double[] of(LinearInput.Form form, float[] x, int columns) {
    return switch (form) {
      case TiledInt8.Form _ -> spikesTwice(x, columns);
      default -> super.of(form, x, columns);
    };
  }

  /** What rounding leaves over of blocks with coarse steps is rounded once more. */
  private static double[] spikesTwice(float[] x, int columns) {
    double[] values = toInt8(x, columns);
    float[] rest = new float[x.length];
    for (int row = 0; row < x.length; row += columns) {
      float sum = 0;
      for (int k = 0; k < columns; k += BlockFormat.COLUMNS) {
        sum += step(x, row + k);
      }
      float coarse = sum * (TiledInt8.COARSE / (columns / BlockFormat.COLUMNS));
      for (int k = 0; k < columns; k += BlockFormat.COLUMNS) {
        for (int i = row + k; i < row + k + BlockFormat.COLUMNS && step(x, row + k) > coarse; i++) {
          rest[i] = x[i] - (float) values[i];
        }
      }
    }
    double[] more = toInt8(rest, columns);
    Arrays.setAll(values, i -> values[i] + more[i]);
    return values;
  }

  private static float step(float[] x, int from) {
    float most = 0;
    for (int i = from; i < from + BlockFormat.COLUMNS; i++) {
      most = Math.max(most, Math.abs(x[i]));
    }
    return most / 127;
  }

  /**
   * Of products of {@link SplitFloats}: two parts of 8 bits keep activations, rounded, to 2⁻¹⁷, and weights, cut off, to 2⁻¹⁴; the product of both
   * sides' second parts, at most 2⁻⁸ and 2⁻⁷, is left out.
   */
  static final double SPLIT_ERROR = 0x1p-17 + 0x1p-14 + 0x1p-15;

  /** Of products of single parts: both sides are rounded to 8 bits, by 2⁻⁸ at most. */
  static final double SINGLE_ERROR = 2 * 0x1p-8 + 0x1p-16;

  @Override
  public double relativeError(LinearInput.Form form) {
    return form instanceof SplitFloats.Form split ? split.parts() == 1 ? SINGLE_ERROR : SPLIT_ERROR : super.relativeError(form);
  }
}
