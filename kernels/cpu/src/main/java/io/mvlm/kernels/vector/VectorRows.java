package io.mvlm.kernels.vector;

import static io.mvlm.kernels.vector.Lanes.FLOATS;
import static io.mvlm.kernels.vector.Lanes.INTS;
import static io.mvlm.kernels.vector.Lanes.LANES;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import io.mvlm.kernels.cpu.LinearInput;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;

/** Kernels over a row of values: norms, and the two forms in which matrix products take their input. */
final class VectorRows {
  /** Adding it rounds to an integer in the lowest 16 bits of the mantissa, which are 0 before. */
  private static final float ROUND = 0x1.8p23f;
  /** Even lanes, then odd ones. */
  private static final VectorShuffle<Integer> UNZIP = VectorShuffle.fromOp(INTS, i -> i < LANES / 2 ? 2 * i : 2 * i - LANES + 1);

  private VectorRows() {}

  static void rmsNorm(float[] x, int xo, float[] gain, float eps, float[] y, int yo, int n) {
    Ranges.check(x, xo, n);
    Ranges.check(gain, 0, n);
    Ranges.check(y, yo, n);
    float inverse = (float) (1 / Math.sqrt((double) squares(x, xo, 0, n) / n + eps));
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector.fromArray(FLOATS, x, xo + i).mul(inverse).mul(FloatVector.fromArray(FLOATS, gain, i)).intoArray(y, yo + i);
    }
    for (; i < n; i++) {
      y[yo + i] = x[xo + i] * inverse * gain[i];
    }
  }

  static void layerNorm(float[] x, int xo, float[] gain, float[] bias, float eps, float[] y, int yo, int n) {
    Ranges.check(x, xo, n);
    Ranges.check(gain, 0, n);
    Ranges.check(bias, 0, n);
    Ranges.check(y, yo, n);
    float mean = sum(x, xo, n) / n;
    float inverse = (float) (1 / Math.sqrt((double) squares(x, xo, mean, n) / n + eps));
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector v = FloatVector.fromArray(FLOATS, x, xo + i).sub(mean).mul(inverse);
      v.fma(FloatVector.fromArray(FLOATS, gain, i), FloatVector.fromArray(FLOATS, bias, i)).intoArray(y, yo + i);
    }
    for (; i < n; i++) {
      y[yo + i] = (x[xo + i] - mean) * inverse * gain[i] + bias[i];
    }
  }

  /** The sum: of each lane first, then of lanes ever nearer to each other, then of what is no whole vector. */
  static float sum(float[] x, int xo, int n) {
    FloatVector total = FloatVector.zero(FLOATS);
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      total = total.add(FloatVector.fromArray(FLOATS, x, xo + i));
    }
    if (LANES > 8) {
      total = total.add(total.rearrange(Lanes.BY_EIGHT));
    }
    if (LANES > 4) {
      total = total.add(total.rearrange(Lanes.BY_FOUR));
    }
    total = total.add(total.rearrange(Lanes.BY_TWO));
    float sum = total.add(total.rearrange(Lanes.BY_ONE)).lane(0);
    for (; i < n; i++) {
      sum += x[xo + i];
    }
    return sum;
  }

  /** Σ (x − mean)² */
  private static float squares(float[] x, int xo, float mean, int n) {
    FloatVector total = FloatVector.zero(FLOATS);
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector v = FloatVector.fromArray(FLOATS, x, xo + i).sub(mean);
      total = v.fma(v, total);
    }
    if (LANES > 8) {
      total = total.add(total.rearrange(Lanes.BY_EIGHT));
    }
    if (LANES > 4) {
      total = total.add(total.rearrange(Lanes.BY_FOUR));
    }
    total = total.add(total.rearrange(Lanes.BY_TWO));
    float sum = total.add(total.rearrange(Lanes.BY_ONE)).lane(0);
    for (; i < n; i++) {
      sum += (x[xo + i] - mean) * (x[xo + i] - mean);
    }
    return sum;
  }

  /** {@link io.mvlm.kernels.cpu.CpuKernels#quantize} of whole blocks. */
  static void quantize(float[] x, int xo, int columns, int[] pairs, int po, float[] scales, int so, int[] sums, int uo) {
    Ranges.check(x, xo, columns);
    Objects.checkFromIndexSize(po, columns / 2, pairs.length);
    for (int block = 0; block < columns; block += LinearInput.BLOCK) {
      float step = largest(x, xo + block) / 127;
      float inverse = step == 0 ? 0 : Math.min(1 / step, Float.MAX_VALUE);
      scales[so + block / LinearInput.BLOCK] = step * LinearInput.SCALE;
      round(x, xo + block, inverse, pairs, po + block / 2);
      for (int half = block; half < block + LinearInput.BLOCK; half += LinearInput.HALF) {
        sums[uo + half / LinearInput.HALF] = sum(pairs, po + half / 2);
      }
    }
  }

  /** The largest magnitude of a block. */
  private static float largest(float[] x, int xo) {
    FloatVector largest = FloatVector.zero(FLOATS);
    for (int k = 0; k < LinearInput.BLOCK; k += LANES) {
      largest = largest.max(FloatVector.fromArray(FLOATS, x, xo + k).abs());
    }
    return largest.reduceLanes(VectorOperators.MAX);
  }

  /** Rounds a block to even, two columns to a word. */
  private static void round(float[] x, int xo, float inverse, int[] pairs, int po) {
    for (int k = 0; k < LinearInput.BLOCK; k += 2 * LANES) {
      LongVector a = FloatVector.fromArray(FLOATS, x, xo + k).mul(inverse).max(-127f).min(127f).add(ROUND).reinterpretAsLongs();
      LongVector b = FloatVector.fromArray(FLOATS, x, xo + k + LANES).mul(inverse).max(-127f).min(127f).add(ROUND).reinterpretAsLongs();
      a = a.and(0xffffL).or(a.lanewise(LSHR, 16).and(0xffff_0000L));
      b = b.lanewise(LSHL, 32).and(0xffff_0000_0000L).or(b.lanewise(LSHL, 16).and(0xffff_0000_0000_0000L));
      a.or(b).reinterpretAsInts().rearrange(UNZIP).intoArray(pairs, po + k / 2);
    }
  }

  /** Of the columns of half a block. */
  private static int sum(int[] pairs, int from) {
    int sum = 0;
    for (int i = 0; i < LinearInput.HALF / 2; i++) {
      sum += (short) pairs[from + i] + (pairs[from + i] >> 16);
    }
    return sum;
  }

  /** Whole tiles: eight rows read side by side, so that each line of the target is written once. */
  static void packTile(float[] x, int xo, int stride, int columns, float[] target, int to) {
    for (int k = 0; k < columns; k++) {
      int at = to + k * LinearInput.TILE;
      int from = xo + k;
      target[at] = x[from];
      target[at + 1] = x[from + stride];
      target[at + 2] = x[from + 2 * stride];
      target[at + 3] = x[from + 3 * stride];
      target[at + 4] = x[from + 4 * stride];
      target[at + 5] = x[from + 5 * stride];
      target[at + 6] = x[from + 6 * stride];
      target[at + 7] = x[from + 7 * stride];
    }
  }
}
