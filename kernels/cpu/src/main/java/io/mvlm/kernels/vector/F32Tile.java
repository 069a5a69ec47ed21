package io.mvlm.kernels.vector;

import static io.mvlm.kernels.vector.Lanes.FLOATS;
import static io.mvlm.kernels.vector.Lanes.LANES;

import jdk.incubator.vector.FloatVector;

/**
 * The inner product of everything that is multiplied in floats: a panel {@code [k, width]} (rows of weights, positions or dimensions across
 * the lanes) times a tile {@code [k, 8]} of tokens. Two vectors × eight tokens are sixteen running sums, which fills the registers of AVX-512
 * and NEON and hides the latency of the multiply-add.
 */
final class F32Tile {
  /** Tokens of a tile. */
  static final int TOKENS = 8;

  private F32Tile() {}

  /**
   * sums[so + t·sumStride + c] (+)= Σ_k panel[po + k·panelStride + c] · x[xo + 8·k + t] for c in [0, width), t in [0, 8).
   *
   * @param width a multiple of 2·LANES
   * @param add false: what stood in sums is ignored
   */
  static void multiply(float[] panel, int po, int panelStride, int k, float[] x, int xo, float[] sums, int so, int sumStride, int width,
      boolean add) {
    for (int c = 0; c < width; c += 2 * LANES) {
      twoVectors(panel, po + c, panelStride, k, x, xo, sums, so + c, sumStride, add);
    }
  }

  private static void twoVectors(float[] panel, int po, int panelStride, int k, float[] x, int xo, float[] sums, int so, int stride,
      boolean add) {
    FloatVector zero = FloatVector.zero(FLOATS);
    FloatVector a0 = zero;
    FloatVector a1 = zero;
    FloatVector a2 = zero;
    FloatVector a3 = zero;
    FloatVector a4 = zero;
    FloatVector a5 = zero;
    FloatVector a6 = zero;
    FloatVector a7 = zero;
    FloatVector b0 = zero;
    FloatVector b1 = zero;
    FloatVector b2 = zero;
    FloatVector b3 = zero;
    FloatVector b4 = zero;
    FloatVector b5 = zero;
    FloatVector b6 = zero;
    FloatVector b7 = zero;
    for (int i = 0; i < k; i++) {
      FloatVector a = FloatVector.fromArray(FLOATS, panel, po);
      FloatVector b = FloatVector.fromArray(FLOATS, panel, po + LANES);
      FloatVector t = FloatVector.broadcast(FLOATS, x[xo]);
      a0 = a.fma(t, a0);
      b0 = b.fma(t, b0);
      t = FloatVector.broadcast(FLOATS, x[xo + 1]);
      a1 = a.fma(t, a1);
      b1 = b.fma(t, b1);
      t = FloatVector.broadcast(FLOATS, x[xo + 2]);
      a2 = a.fma(t, a2);
      b2 = b.fma(t, b2);
      t = FloatVector.broadcast(FLOATS, x[xo + 3]);
      a3 = a.fma(t, a3);
      b3 = b.fma(t, b3);
      t = FloatVector.broadcast(FLOATS, x[xo + 4]);
      a4 = a.fma(t, a4);
      b4 = b.fma(t, b4);
      t = FloatVector.broadcast(FLOATS, x[xo + 5]);
      a5 = a.fma(t, a5);
      b5 = b.fma(t, b5);
      t = FloatVector.broadcast(FLOATS, x[xo + 6]);
      a6 = a.fma(t, a6);
      b6 = b.fma(t, b6);
      t = FloatVector.broadcast(FLOATS, x[xo + 7]);
      a7 = a.fma(t, a7);
      b7 = b.fma(t, b7);
      po += panelStride;
      xo += TOKENS;
    }
    store(a0, b0, sums, so, add);
    store(a1, b1, sums, so + stride, add);
    store(a2, b2, sums, so + 2 * stride, add);
    store(a3, b3, sums, so + 3 * stride, add);
    store(a4, b4, sums, so + 4 * stride, add);
    store(a5, b5, sums, so + 5 * stride, add);
    store(a6, b6, sums, so + 6 * stride, add);
    store(a7, b7, sums, so + 7 * stride, add);
  }

  private static void store(FloatVector a, FloatVector b, float[] sums, int so, boolean add) {
    if (add) {
      a = a.add(FloatVector.fromArray(FLOATS, sums, so));
      b = b.add(FloatVector.fromArray(FLOATS, sums, so + LANES));
    }
    a.intoArray(sums, so);
    b.intoArray(sums, so + LANES);
  }
}
