package io.mvlm.kernels.vector;

import static io.mvlm.kernels.vector.Lanes.BYTES;
import static io.mvlm.kernels.vector.Lanes.FLOATS;
import static io.mvlm.kernels.vector.Lanes.LANES;
import static io.mvlm.kernels.vector.Lanes.ORDER;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * The inner product of everything that is multiplied in floats: a panel times a tile {@code [k, 8]} of tokens. The panel {@code [k, 32]} (rows of
 * weights or queries across the lanes) stands in native memory, because only there a vector can be aligned to the lines of the cache. Two
 * vectors × eight tokens are sixteen running sums, which fills the registers of AVX-512 and NEON and hides the latency of the multiply-add; both
 * vectors come from one address, because every instruction that computes another one takes a place from a multiply-add.
 */
final class F32Tile {
  /** Tokens of a tile. */
  static final int TOKENS = 8;
  /** Columns of a panel. */
  static final int WIDTH = PackedLayout.PANEL;
  /** Bytes of one row of a panel. */
  static final long ROW_BYTES = 4L * WIDTH;
  /** Sums to begin with, for all tokens: of stride 0. */
  static final float[] ZEROS = new float[WIDTH];

  private F32Tile() {}

  /**
   * to[toOffset + t·toStride + c] = from[fromOffset + t·fromStride + c] + Σ_i panel[32·i + c] · x[xo + 8·i + t] for c in [0, 32), t in [0, 8),
   * i in [0, k). Source and target may be the same place.
   *
   * @param at first byte of the panel
   */
  static void multiply(MemorySegment panel, long at, int k, float[] x, int xo, float[] from, int fromOffset, int fromStride, float[] to,
      int toOffset, int toStride) {
    Ranges.check(panel, at, ROW_BYTES * k);
    Ranges.check(x, xo, TOKENS * k);
    Ranges.check(from, fromOffset, (TOKENS - 1) * fromStride + WIDTH);
    Ranges.check(to, toOffset, (TOKENS - 1) * toStride + WIDTH);
    for (int c = 0; c < WIDTH; c += 2 * LANES) {
      twoVectors(panel, at + 4 * c, k, x, xo, from, fromOffset + c, fromStride, to, toOffset + c, toStride);
    }
  }

  /** No call but those of the Vector API stands here: one that C2 does not inline would box all sums, in the loop too. */
  private static void twoVectors(MemorySegment panel, long at, int k, float[] x, int xo, float[] from, int fo, int fromStride, float[] to,
      int so, int stride) {
    panel = Native.of(panel);
    FloatVector a0 = FloatVector.fromArray(FLOATS, from, fo);
    FloatVector a1 = FloatVector.fromArray(FLOATS, from, fo + fromStride);
    FloatVector a2 = FloatVector.fromArray(FLOATS, from, fo + 2 * fromStride);
    FloatVector a3 = FloatVector.fromArray(FLOATS, from, fo + 3 * fromStride);
    FloatVector a4 = FloatVector.fromArray(FLOATS, from, fo + 4 * fromStride);
    FloatVector a5 = FloatVector.fromArray(FLOATS, from, fo + 5 * fromStride);
    FloatVector a6 = FloatVector.fromArray(FLOATS, from, fo + 6 * fromStride);
    FloatVector a7 = FloatVector.fromArray(FLOATS, from, fo + 7 * fromStride);
    FloatVector b0 = FloatVector.fromArray(FLOATS, from, fo + LANES);
    FloatVector b1 = FloatVector.fromArray(FLOATS, from, fo + fromStride + LANES);
    FloatVector b2 = FloatVector.fromArray(FLOATS, from, fo + 2 * fromStride + LANES);
    FloatVector b3 = FloatVector.fromArray(FLOATS, from, fo + 3 * fromStride + LANES);
    FloatVector b4 = FloatVector.fromArray(FLOATS, from, fo + 4 * fromStride + LANES);
    FloatVector b5 = FloatVector.fromArray(FLOATS, from, fo + 5 * fromStride + LANES);
    FloatVector b6 = FloatVector.fromArray(FLOATS, from, fo + 6 * fromStride + LANES);
    FloatVector b7 = FloatVector.fromArray(FLOATS, from, fo + 7 * fromStride + LANES);
    for (int i = 0; i < k; i++) {
      int q = xo + TOKENS * i;
      FloatVector a = FloatVector.fromMemorySegment(FLOATS, panel, at + ROW_BYTES * i, ORDER);
      FloatVector b = FloatVector.fromMemorySegment(FLOATS, panel, at + ROW_BYTES * i + BYTES, ORDER);
      FloatVector t = FloatVector.broadcast(FLOATS, x[q]);
      a0 = a.fma(t, a0);
      b0 = b.fma(t, b0);
      t = FloatVector.broadcast(FLOATS, x[q + 1]);
      a1 = a.fma(t, a1);
      b1 = b.fma(t, b1);
      t = FloatVector.broadcast(FLOATS, x[q + 2]);
      a2 = a.fma(t, a2);
      b2 = b.fma(t, b2);
      t = FloatVector.broadcast(FLOATS, x[q + 3]);
      a3 = a.fma(t, a3);
      b3 = b.fma(t, b3);
      t = FloatVector.broadcast(FLOATS, x[q + 4]);
      a4 = a.fma(t, a4);
      b4 = b.fma(t, b4);
      t = FloatVector.broadcast(FLOATS, x[q + 5]);
      a5 = a.fma(t, a5);
      b5 = b.fma(t, b5);
      t = FloatVector.broadcast(FLOATS, x[q + 6]);
      a6 = a.fma(t, a6);
      b6 = b.fma(t, b6);
      t = FloatVector.broadcast(FLOATS, x[q + 7]);
      a7 = a.fma(t, a7);
      b7 = b.fma(t, b7);
    }
    a0.intoArray(to, so);
    a1.intoArray(to, so + stride);
    a2.intoArray(to, so + 2 * stride);
    a3.intoArray(to, so + 3 * stride);
    a4.intoArray(to, so + 4 * stride);
    a5.intoArray(to, so + 5 * stride);
    a6.intoArray(to, so + 6 * stride);
    a7.intoArray(to, so + 7 * stride);
    b0.intoArray(to, so + LANES);
    b1.intoArray(to, so + stride + LANES);
    b2.intoArray(to, so + 2 * stride + LANES);
    b3.intoArray(to, so + 3 * stride + LANES);
    b4.intoArray(to, so + 4 * stride + LANES);
    b5.intoArray(to, so + 5 * stride + LANES);
    b6.intoArray(to, so + 6 * stride + LANES);
    b7.intoArray(to, so + 7 * stride + LANES);
  }
}
