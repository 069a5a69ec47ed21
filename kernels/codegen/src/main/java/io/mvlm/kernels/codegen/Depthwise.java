package io.mvlm.kernels.codegen;

import io.mvlm.kernels.cpu.CpuActivation;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** Depthwise convolution, pixel by pixel; see {@link DepthwiseCode}. Stateless and thread-safe. */
final class Depthwise {
  private static final int SIDE = 3;

  private final Kernels kernels;

  Depthwise(Kernels kernels) {
    this.kernels = kernels;
  }

  /** See {@link io.mvlm.kernels.cpu.CpuKernels#depthwise}; {@code bias} may be null. */
  void filter(CpuActivation x, int height, int width, float[] taps, float[] bias, int stride, CpuActivation y, int from, int to) {
    int channels = y.columns();
    if (from >= to || channels == 0) {
      return;
    }
    Kernel kernel = kernels.depthwise();
    MemorySegment addend = bias == null ? MemorySegment.NULL : MemorySegment.ofArray(bias);
    Objects.checkFromIndexSize(0, channels, bias == null ? channels : bias.length);
    Objects.checkFromIndexSize(0, SIDE * SIDE * channels, taps.length);
    Objects.checkFromIndexSize(x.offset(), (height * width - 1L) * x.stride() + channels, (long) x.data().length);
    Objects.checkFromIndexSize(y.row(from), (to - from - 1L) * y.stride() + channels, (long) y.data().length);
    int across = (width + stride - 1) / stride;
    for (int pixel = from; pixel < to; pixel++) {
      // Of the square of taps around the pixel, what lies in the image.
      int top = pixel / across * stride - 1;
      int left = pixel % across * stride - 1;
      int firstRow = Math.max(0, -top);
      int firstColumn = Math.max(0, -left);
      int rows = Math.min(SIDE, height - top) - firstRow;
      int columns = Math.min(SIDE, width - left) - firstColumn;
      kernel.call(0, MemorySegment.ofArray(x.data()), MemorySegment.ofArray(y.data()), channels,
          bytes(x.row((top + firstRow) * width + left + firstColumn)), bytes(y.row(pixel)),
          bytes((firstRow * SIDE + firstColumn) * channels), rows, columns, bytes(x.stride()), bytes((width - columns) * x.stride()),
          bytes((SIDE - columns) * channels), MemorySegment.ofArray(taps), addend);
    }
  }

  private static long bytes(int floats) {
    return (long) Float.BYTES * floats;
  }
}
