package io.mvlm.kernels.vector;

import static io.mvlm.kernels.vector.Lanes.FLOATS;
import static io.mvlm.kernels.vector.Lanes.LANES;
import static io.mvlm.kernels.vector.Lanes.ORDER;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * The inner product of everything that is multiplied in floats: a panel times a tile {@code [k, 8]} of tokens. The panel (rows of weights,
 * positions or dimensions across the lanes) stands in strips {@code [k, 16]}, one after the other, in native memory, because only there a
 * vector can be aligned to the lines of the cache. Two vectors × eight tokens are sixteen running sums, which fills the registers of AVX-512 and
 * NEON and hides the latency of the multiply-add.
 */
final class F32Tile {
  /** Tokens of a tile. */
  static final int TOKENS = 8;
  /** Columns of a strip. */
  static final int STRIP = PackedLayout.ROWS;
  /** Bytes of one row of a strip. */
  static final long STRIP_BYTES = 4L * STRIP;

  private F32Tile() {}

  /**
   * sums[so + t·sumStride + 16·s + c] += Σ_i strip s[16·i + c] · x[xo + 8·i + t] for strips s, c in [0, 16), t in [0, 8), i in [0, k).
   *
   * @param panel strip s begins at byte {@code s·stripBytes}
   * @param stripBytes distance of two strips, at least 64·k
   * @param strips an even number
   */
  static void multiply(MemorySegment panel, long stripBytes, int strips, int k, float[] x, int xo, float[] sums, int so, int sumStride) {
    Ranges.check(panel, 0, (strips - 1) * stripBytes + STRIP_BYTES * k);
    Ranges.check(x, xo, TOKENS * k);
    Ranges.check(sums, so, (TOKENS - 1) * sumStride + STRIP * strips);
    if (LANES == STRIP) {
      for (int s = 0; s < strips; s += 2) {
        twoVectors(panel, s * stripBytes, (s + 1) * stripBytes, k, x, xo, sums, so + s * STRIP, sumStride);
      }
    } else {
      for (int s = 0; s < strips; s++) {
        for (int c = 0; c < STRIP; c += 2 * LANES) {
          long at = s * stripBytes + 4 * c;
          twoVectors(panel, at, at + 4 * LANES, k, x, xo, sums, so + s * STRIP + c, sumStride);
        }
      }
    }
  }

  /** No call but those of the Vector API stands here: one that C2 does not inline would box all sums, in the loop too. */
  private static void twoVectors(MemorySegment panel, long pa, long pb, int k, float[] x, int xo, float[] sums, int so, int stride) {
    FloatVector a0 = FloatVector.fromArray(FLOATS, sums, so);
    FloatVector a1 = FloatVector.fromArray(FLOATS, sums, so + stride);
    FloatVector a2 = FloatVector.fromArray(FLOATS, sums, so + 2 * stride);
    FloatVector a3 = FloatVector.fromArray(FLOATS, sums, so + 3 * stride);
    FloatVector a4 = FloatVector.fromArray(FLOATS, sums, so + 4 * stride);
    FloatVector a5 = FloatVector.fromArray(FLOATS, sums, so + 5 * stride);
    FloatVector a6 = FloatVector.fromArray(FLOATS, sums, so + 6 * stride);
    FloatVector a7 = FloatVector.fromArray(FLOATS, sums, so + 7 * stride);
    FloatVector b0 = FloatVector.fromArray(FLOATS, sums, so + LANES);
    FloatVector b1 = FloatVector.fromArray(FLOATS, sums, so + stride + LANES);
    FloatVector b2 = FloatVector.fromArray(FLOATS, sums, so + 2 * stride + LANES);
    FloatVector b3 = FloatVector.fromArray(FLOATS, sums, so + 3 * stride + LANES);
    FloatVector b4 = FloatVector.fromArray(FLOATS, sums, so + 4 * stride + LANES);
    FloatVector b5 = FloatVector.fromArray(FLOATS, sums, so + 5 * stride + LANES);
    FloatVector b6 = FloatVector.fromArray(FLOATS, sums, so + 6 * stride + LANES);
    FloatVector b7 = FloatVector.fromArray(FLOATS, sums, so + 7 * stride + LANES);
    for (int i = 0; i < k; i++) {
      int q = xo + TOKENS * i;
      FloatVector a = FloatVector.fromMemorySegment(FLOATS, panel, pa + STRIP_BYTES * i, ORDER);
      FloatVector b = FloatVector.fromMemorySegment(FLOATS, panel, pb + STRIP_BYTES * i, ORDER);
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
    a0.intoArray(sums, so);
    a1.intoArray(sums, so + stride);
    a2.intoArray(sums, so + 2 * stride);
    a3.intoArray(sums, so + 3 * stride);
    a4.intoArray(sums, so + 4 * stride);
    a5.intoArray(sums, so + 5 * stride);
    a6.intoArray(sums, so + 6 * stride);
    a7.intoArray(sums, so + 7 * stride);
    b0.intoArray(sums, so + LANES);
    b1.intoArray(sums, so + stride + LANES);
    b2.intoArray(sums, so + 2 * stride + LANES);
    b3.intoArray(sums, so + 3 * stride + LANES);
    b4.intoArray(sums, so + 4 * stride + LANES);
    b5.intoArray(sums, so + 5 * stride + LANES);
    b6.intoArray(sums, so + 6 * stride + LANES);
    b7.intoArray(sums, so + 7 * stride + LANES);
  }
}
