package io.mvlm.kernels.codegen;

import io.mvlm.kernels.cpu.InputRounding;
import io.mvlm.kernels.cpu.LinearInput;

/** What the forms of generated products stand for. */
final class CodegenRounding extends InputRounding {
  @Override
  public double[] of(LinearInput.Form form, float[] x, int columns) {
    return switch (form) {
      case TiledInt8.Form _ -> spikesTwice(x, columns);
      case TiledInt16.Form _ -> toInt16(x, columns);
      default -> super.of(form, x, columns);
    };
  }

  /** What rounding leaves over of blocks with coarse steps is rounded once more. */
  private static double[] spikesTwice(float[] x, int columns) {
    double[] values = new double[x.length];
    for (int row = 0; row < x.length; row += columns) {
      float sum = 0;
      for (int k = 0; k < columns; k += BlockFormat.COLUMNS) {
        sum += step(x, row + k);
      }
      float coarse = sum * (TiledInt8.COARSE / (columns / BlockFormat.COLUMNS));
      for (int k = 0; k < columns; k += BlockFormat.COLUMNS) {
        round(x, row + k, step(x, row + k) > coarse, values);
      }
    }
    return values;
  }

  private static void round(float[] x, int from, boolean twice, double[] values) {
    float step = step(x, from);
    float[] rest = new float[BlockFormat.COLUMNS];
    for (int i = 0; i < rest.length; i++) {
      float quant = quant(x[from + i], step);
      values[from + i] = (double) quant * step;
      rest[i] = Math.fma(-quant, step, x[from + i]);
    }
    float more = step(rest, 0);
    for (int i = 0; twice && i < rest.length; i++) {
      values[from + i] += (double) quant(rest[i], more) * more;
    }
  }

  private static float quant(float value, float step) {
    return (float) Math.rint(Math.clamp(value * Math.min(1 / step, Float.MAX_VALUE), -127f, 127f));
  }

  private static float step(float[] x, int from) {
    float most = 0;
    for (int i = from; i < from + BlockFormat.COLUMNS; i++) {
      most = Math.max(most, Math.abs(x[i]));
    }
    return Float.intBitsToFloat(Float.floatToRawIntBits(most / 127) & TiledInt8.SCALE_BITS);
  }

  private static double[] toInt16(float[] x, int columns) {
    double[] values = new double[x.length];
    forEachWordBlock(x, columns, (from, to) -> {
      float most = 0;
      for (int i = from; i < to; i++) {
        most = Math.max(most, Math.abs(x[i]));
      }
      float scale = Math.max(most * (1f / TiledInt16.MOST), Float.MIN_NORMAL);
      for (int i = from; i < to; i++) {
        values[i] = Math.rint(x[i] * (1 / scale)) * scale;
      }
    });
    return values;
  }

  /** As {@link WordCode.Weights} makes them, step by step: sums of even and odd columns apart. */
  @Override
  public double[] ofWeights(LinearInput.Form form, float[] weights, int columns) {
    double[] values = super.ofWeights(form, weights, columns);
    if (form instanceof TiledInt16.Form) {
      forEachWordBlock(weights, columns, (from, to) -> {
        float[] sums = new float[2];
        float most = 0;
        for (int i = from; i < to; i++) {
          float magnitude = Math.abs(weights[i]);
          sums[(i - from) % 2] = Math.fma(magnitude, 1 / WordCode.Weights.MOST_SUM, sums[(i - from) % 2]);
          most = Math.max(most, magnitude);
        }
        float scale = Math.max(Math.max(most * (1 / WordCode.Weights.MOST), Float.MIN_NORMAL), sums[0] + sums[1]);
        for (int i = from; i < to; i++) {
          values[i] = Math.rint(weights[i] * (double) (1 / scale)) * scale;
        }
      });
    }
    return values;
  }

  private interface WordBlock {
    void round(int from, int to);
  }

  private static void forEachWordBlock(float[] values, int columns, WordBlock block) {
    for (int row = 0; row < values.length; row += columns) {
      for (int k = 0; k < columns; k += TiledInt16.COLUMNS) {
        block.round(row + k, row + Math.min(columns, k + TiledInt16.COLUMNS));
      }
    }
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
