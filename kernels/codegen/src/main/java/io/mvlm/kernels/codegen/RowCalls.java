package io.mvlm.kernels.codegen;

import io.mvlm.core.Nonlinearity;
import io.mvlm.kernels.cpu.CpuActivation;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** Calls of the kernels over rows of Java arrays, after a check that the rows lie in them. Stateless and thread-safe. */
final class RowCalls {
  /** Values of a call: at most about a tenth of a millisecond. */
  private static final int CALL = 1 << 16;
  private static final float[] NO_FLOATS = {};
  private static final CpuActivation NONE = row(NO_FLOATS);

  private final Kernels kernels;

  RowCalls(Kernels kernels) {
    this.kernels = kernels;
  }

  /** z = x ∘ y */
  void combine(RowKernel operation, CpuActivation x, CpuActivation y, CpuActivation z) {
    call(operation, z.rows(), z.columns(), x, z, y, NONE, 0, 0);
  }

  void scale(CpuActivation x, float factor, CpuActivation z) {
    call(RowKernel.SCALE, z.rows(), z.columns(), x, z, NONE, NONE, factor, 0);
  }

  void apply(Nonlinearity f, CpuActivation x, CpuActivation y) {
    call(RowKernel.of(f), y.rows(), y.columns(), x, y, NONE, NONE, 0, 0);
  }

  void rmsNorm(CpuActivation x, float[] gain, float eps, CpuActivation y) {
    call(RowKernel.RMS_NORM, y.rows(), y.columns(), x, y, row(gain), NONE, y.columns(), eps);
  }

  void layerNorm(CpuActivation x, float[] gain, float[] bias, float eps, CpuActivation y) {
    call(RowKernel.LAYER_NORM, y.rows(), y.columns(), x, y, row(gain), row(bias), y.columns(), eps);
  }

  /** Heads are the rows of a call. */
  void rotate(RowKernel pairing, CpuActivation x, int headSize, float[] cos, float[] sin, int at, int pairs) {
    int heads = x.columns() / headSize;
    for (int r = 0; r < x.rows(); r++) {
      int angles = at + r * pairs;
      Objects.checkFromIndexSize(x.row(r), (heads - 1) * headSize + 2 * pairs, x.data().length);
      call(pairing, heads, pairs, new CpuActivation(cos, angles, heads, pairs, 0), heads(x, r, 0, heads, headSize),
          new CpuActivation(sin, angles, heads, pairs, 0),
          pairing == RowKernel.ROTATE_HALVES ? heads(x, r, pairs, heads, headSize) : NONE, 0, 0);
    }
  }

  /** From the given column of each head on. */
  private static CpuActivation heads(CpuActivation x, int row, int from, int heads, int headSize) {
    return new CpuActivation(x.data(), x.row(row) + from, heads, headSize, headSize);
  }

  /** A row that is the same for all. */
  private static CpuActivation row(float[] values) {
    return new CpuActivation(values, 0, 1, values.length, 0);
  }

  /** See {@link RowCode}. */
  private void call(RowKernel which, int rows, int n, CpuActivation x, CpuActivation y, CpuActivation z, CpuActivation w, float p5,
      float p6) {
    if (rows <= 0 || n <= 0) {
      return;
    }
    check(x, rows, n);
    check(y, rows, n);
    check(z, rows, n);
    check(w, rows, n);
    Kernel kernel = kernels.of(which);
    int most = Math.max(1, CALL / n);
    for (int r = 0; r < rows; r += most) {
      kernel.call(Math.min(most, rows - r), MemorySegment.ofArray(x.data()), MemorySegment.ofArray(y.data()), n, bytes(x.row(r)),
          bytes(y.row(r)), bytes(z.row(r)), bytes(w.row(r)), Float.floatToRawIntBits(p5), Float.floatToRawIntBits(p6),
          strides(x, y), strides(z, w), MemorySegment.ofArray(z.data()), MemorySegment.ofArray(w.data()));
    }
  }

  private static void check(CpuActivation x, int rows, int n) {
    if (x != NONE) {
      Objects.checkFromIndexSize(x.offset(), (rows - 1L) * x.stride() + n, (long) x.data().length);
    }
  }

  /** Without a second row they do not matter, however many bits they have. */
  private static long strides(CpuActivation low, CpuActivation high) {
    return bytes(low.stride()) & 0xFFFFFFFFL | bytes(high.stride()) << 32;
  }

  private static long bytes(int floats) {
    return (long) Float.BYTES * floats;
  }
}
