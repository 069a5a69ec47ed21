package io.mvlm.kernels.cpu;

import io.mvlm.core.Nonlinearity;
import io.mvlm.core.Tensor;
import io.mvlm.core.Workers;
import java.lang.foreign.MemorySegment;

/**
 * The table of arithmetic that {@link CpuBackend} calls from its workers, each call on one thread, on a row or a range. Implementations are
 * stateless and thread-safe, and allocate nothing in the calls made during a pass. What a maker lacks it inherits from
 * {@link ScalarKernels}, which defines the meaning.
 */
public interface CpuKernels {
  /** What a user types to choose it. */
  String name();

  /** One line: instruction set, vector width. */
  String description();

  /**
   * Chooses layout and kernels for matrices of one type and packs them. Inside a pass.
   *
   * @param stacked matrices of equal type and columns, stacked by rows
   */
  PackedMatrix pack(PackingContext context, Tensor... stacked);

  // ---- inputs of matrix products (see LinearInput)

  /** Interleaves up to {@link LinearInput#TILE} rows: {@code target[k·TILE + t] = x[t·stride + k]}, zero for missing rows and columns. */
  void packTile(float[] x, int offset, int stride, int rows, int columns, float[] target, int targetOffset, int padded);

  /** {@link LinearInput.Form#INT8}: rounds to the nearest of 255 steps of each block's largest magnitude, halves to even. */
  void quantize(float[] x, int offset, int columns, int[] pairs, int pairOffset, float[] scales, int scaleOffset, int[] sums, int sumOffset,
      int padded);

  /** An empty holder of a form whose layout belongs to these kernels. */
  default LinearInput.Packed newPacked(LinearInput.Form form) {
    throw new UnsupportedOperationException(name() + " has no layout of its own for " + form);
  }

  // ---- pointwise, n values each; source and target may be the same place

  /** z = x + y */
  void add(float[] x, int xo, float[] y, int yo, float[] z, int zo, int n);

  /** z = x·y */
  void multiply(float[] x, int xo, float[] y, int yo, float[] z, int zo, int n);

  /** z = z + x·y */
  void multiplyAdd(float[] x, int xo, float[] y, int yo, float[] z, int zo, int n);

  /** z = x·factor */
  void scale(float[] x, int xo, float factor, float[] z, int zo, int n);

  /** y = f(x) */
  void apply(Nonlinearity f, float[] x, int xo, float[] y, int yo, int n);

  /** y = silu(gate)·up */
  void gatedSilu(float[] gate, int go, float[] up, int uo, float[] y, int yo, int n);

  // ---- rows of n values

  void layerNorm(float[] x, int xo, float[] gain, float[] bias, float eps, float[] y, int yo, int n);

  void rmsNorm(float[] x, int xo, float[] gain, float eps, float[] y, int yo, int n);

  /** Turns pairs (x0, x1), (x2, x3) … of one head by cos[at + i], sin[at + i]. */
  void rotateAdjacent(float[] x, int xo, float[] cos, float[] sin, int at, int pairs);

  /** Turns pairs (x[i], x[i + pairs]) of one head by cos[at + i], sin[at + i]. */
  void rotateHalves(float[] x, int xo, float[] cos, float[] sin, int at, int pairs);

  // ---- attention

  /**
   * Rows {@code [fromRow, toRow)} of one head, attending to all {@code n} rows.
   *
   * @param q k and v hold the head at the given offsets; rows are {@code stride} apart in all three
   */
  void attend(float[] q, int qo, float[] k, int ko, float[] v, int vo, int stride, int n, int headSize, float scale, int fromRow, int toRow,
      float[] y, int yo, int yStride, WorkerScratch scratch);

  /**
   * Rows {@code [0, rows)} of the query heads that share one kv head, attending to positions up to {@code firstPosition + row} of the cache.
   *
   * @param q row r of head g begins at {@code qo + r·qStride + g·headSize}; the same for y
   * @param group query heads of the kv head
   */
  void attendCached(CpuKvCache cache, int layer, int kvHead, float[] q, int qo, int qStride, int rows, int firstPosition, int group, float scale,
      float[] y, int yo, int yStride, WorkerScratch scratch);

  // ---- ceilings of the machine, see CpuRoofline

  /** Bytes that {@link #sumWords} takes at a time. */
  int SUMMED_BYTES = 256;

  /**
   * The sum of all 64-bit words in {@code bytes} bytes from {@code offset}, read as fast as memory gives them.
   *
   * @param bytes a multiple of {@link #SUMMED_BYTES}
   */
  long sumWords(MemorySegment memory, long offset, int bytes);

  /**
   * Multiply-adds of 32-bit floats as fast as the processor does them: each round is one step, a = a/2 + 1/2, of as many independent sums
   * as keep its units busy. They start at 0, and end in the scratch's first buffer.
   *
   * @return how many multiply-adds that were: rounds times the number of sums
   */
  long multiplyAddPeak(int rounds, WorkerScratch scratch);

  /** What {@link #pack} needs: workers, memory that lives as long as the backend, scratch of each worker. */
  interface PackingContext {
    Workers workers();

    /** Zeroed native memory, aligned to 64 bytes. Thread-safe. */
    MemorySegment allocate(long bytes);

    WorkerScratch scratch(int worker);
  }
}
