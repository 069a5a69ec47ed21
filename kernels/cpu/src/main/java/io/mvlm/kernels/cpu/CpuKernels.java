package io.mvlm.kernels.cpu;

import io.mvlm.core.Nonlinearity;
import io.mvlm.core.Tensor;
import io.mvlm.core.Workers;
import java.lang.foreign.MemorySegment;

/**
 * The table of arithmetic that {@link CpuBackend} calls from its workers, each call on one thread, on rows or a range. Implementations are
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

  // ---- pointwise, row by row: all arguments have as many rows and columns; source and target may be the same place

  /** z = x + y */
  void add(CpuActivation x, CpuActivation y, CpuActivation z);

  /** z = x·y */
  void multiply(CpuActivation x, CpuActivation y, CpuActivation z);

  /** z = x·factor */
  void scale(CpuActivation x, float factor, CpuActivation z);

  /** y = f(x) */
  void apply(Nonlinearity f, CpuActivation x, CpuActivation y);

  /** y = silu(gate)·up */
  void gatedSilu(CpuActivation gate, CpuActivation up, CpuActivation y);

  // ---- rows

  void layerNorm(CpuActivation x, float[] gain, float[] bias, float eps, CpuActivation y);

  void rmsNorm(CpuActivation x, float[] gain, float eps, CpuActivation y);

  /** Turns, in each head of row r of x, the pairs (x0, x1), (x2, x3) … by cos[at + r·pairs + i], sin[at + r·pairs + i]. */
  void rotateAdjacent(CpuActivation x, int headSize, float[] cos, float[] sin, int at, int pairs);

  /** Turns, in each head of row r of x, the pairs (x[i], x[i + pairs]) by cos[at + r·pairs + i], sin[at + r·pairs + i]. */
  void rotateHalves(CpuActivation x, int headSize, float[] cos, float[] sin, int at, int pairs);

  // ---- images

  /**
   * Pixels {@code [from, to)} of the image y that {@link io.mvlm.core.Execution#depthwise} makes of x.
   *
   * @param height and width of x
   * @param taps {@code [9][columns]}
   * @param bias null for none
   */
  void depthwise(CpuActivation x, int height, int width, float[] taps, float[] bias, int stride, CpuActivation y, int from, int to);

  // ---- attention

  /**
   * Stores the heads {@code k} and {@code v} {@code [kvHeads·headSize]} of positions from {@code position} on, whose pages are there.
   * Different positions are stored side by side.
   *
   * @param rows positions, at least one
   * @param kStride and vStride: from one position's keys or values to the next one's
   */
  void store(CpuKvCache cache, int layer, int position, int rows, float[] k, int ko, int kStride, float[] v, int vo, int vStride);

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
   * @param memory native
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
