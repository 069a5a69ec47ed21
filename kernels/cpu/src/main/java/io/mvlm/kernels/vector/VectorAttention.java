package io.mvlm.kernels.vector;

import static io.mvlm.kernels.vector.Lanes.FLOATS;
import static io.mvlm.kernels.vector.Lanes.INTS;
import static io.mvlm.kernels.vector.Lanes.LANES;
import static io.mvlm.kernels.vector.Lanes.ORDER;

import io.mvlm.kernels.cpu.CpuKvCache;
import io.mvlm.kernels.cpu.LinearInput;
import io.mvlm.kernels.cpu.WorkerScratch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Attention with a running softmax (Milakov and Gimelshein 2018; Dao et al. 2022). Many query rows: keys and values of {@link #SPAN}
 * positions at a time become float panels, and both products are {@link F32Tile}s of eight rows. One query row: scores and sums are taken
 * straight from the cache.
 */
final class VectorAttention {
  /** Positions of a step. */
  static final int SPAN = 128;

  private static final int TOKENS = F32Tile.TOKENS;
  private static final int STRIP = F32Tile.STRIP;
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;

  private VectorAttention() {}

  /** Where keys and values of one head come from. */
  private interface Source {
    /** Float (p / 16 · headSize + d) · 16 + p % 16 of keys, for p in [0, SPAN) from position {@code from} on. */
    void keys(int from, int count, MemorySegment keys);

    /** Float (d / 16 · SPAN + p) · 16 + d % 16 of values. */
    void values(int from, int count, MemorySegment values);
  }

  static void attend(float[] q, int qo, float[] k, int ko, float[] v, int vo, int stride, int n, int headSize, float scale, int fromRow,
      int toRow, float[] y, int yo, int yStride, WorkerScratch scratch) {
    Source source = new Source() {
      @Override
      public void keys(int from, int count, MemorySegment keys) {
        for (int p = 0; p < count; p++) {
          long at = p / STRIP * headSize * F32Tile.STRIP_BYTES + 4L * (p % STRIP);
          int row = ko + (from + p) * stride;
          for (int d = 0; d < headSize; d++) {
            keys.set(FLOAT, at + d * F32Tile.STRIP_BYTES, k[row + d]);
          }
        }
      }

      @Override
      public void values(int from, int count, MemorySegment values) {
        for (int p = 0; p < count; p++) {
          for (int d = 0; d < headSize; d += STRIP) {
            MemorySegment.copy(v, vo + (from + p) * stride + d, values, FLOAT, (d / STRIP * SPAN + p) * F32Tile.STRIP_BYTES,
                Math.min(STRIP, headSize - d));
          }
        }
      }
    };
    rows(source, q, qo + fromRow * stride, stride, toRow - fromRow, n, 0, 1, headSize, scale, y, yo + fromRow * yStride, yStride, scratch);
  }

  static void attendCached(CpuKvCache cache, int layer, int kvHead, float[] q, int qo, int qStride, int rows, int firstPosition, int group,
      float scale, float[] y, int yo, int yStride, WorkerScratch scratch) {
    int headSize = cache.spec().headSize();
    if (rows == 1) {
      for (int g = 0; g < group; g++) {
        one(cache, layer, kvHead, q, qo + g * headSize, firstPosition + 1, scale, y, yo + g * headSize, scratch);
      }
      return;
    }
    Source source = new Source() {
      @Override
      public void keys(int from, int count, MemorySegment keys) {
        for (int p = 0; p < count; p += CpuKvCache.BLOCK) {
          MemorySegment page = cache.page(layer, from + p);
          long at = p / STRIP * headSize * F32Tile.STRIP_BYTES;
          unpackKeys(page, cache.keyBlock(kvHead, from + p), headSize, cache.half(), cache.pairs(), keys, at);
        }
      }

      @Override
      public void values(int from, int count, MemorySegment values) {
        for (int p = 0; p < count; p += CpuKvCache.BLOCK) {
          MemorySegment page = cache.page(layer, from + p);
          unpackValues(page, cache.valueBlock(kvHead, from + p), cache.headStride(), cache.half(), values, p * F32Tile.STRIP_BYTES);
        }
      }
    };
    rows(source, q, qo, qStride, rows, firstPosition + rows, firstPosition + 1, group, headSize, scale, y, yo, yStride, scratch);
  }

  /**
   * Rows of queries, eight at a time, for each of {@code group} heads that share keys and values.
   *
   * @param causal 0: every row sees all n positions; else row r sees positions below {@code causal + r}
   */
  private static void rows(Source source, float[] q, int qo, int qStride, int rows, int n, int causal, int group, int headSize, float scale,
      float[] y, int yo, int yStride, WorkerScratch scratch) {
    int tiles = (rows + TOKENS - 1) / TOKENS;
    int width = (headSize + 2 * STRIP - 1) / (2 * STRIP) * 2 * STRIP;
    int tileFloats = TOKENS * (headSize + width + 2);
    // keys [SPAN/16, headSize, 16], values [width/16, SPAN, 16], scores [8, SPAN], probabilities [SPAN, 8]; of each tile: queries
    // [headSize, 8], sums [8, width], largest scores [8], weights [8]
    long keyBytes = 4L * SPAN * headSize;
    MemorySegment panel = scratch.panel(keyBytes + 4L * SPAN * width);
    MemorySegment keys = panel.asSlice(0, keyBytes);
    MemorySegment values = panel.asSlice(keyBytes, 4L * SPAN * width);
    float[] work = scratch.floats(2, 2 * TOKENS * SPAN);
    float[] state = scratch.floats(3, group * tiles * tileFloats);
    Arrays.fill(state, 0, group * tiles * tileFloats, 0f);
    values.fill((byte) 0);
    for (int tile = 0; tile < group * tiles; tile++) {
      int at = tile * tileFloats;
      for (int t = 0; t < TOKENS; t++) {
        int row = tile % tiles * TOKENS + t;
        int from = qo + row * qStride + tile / tiles * headSize;
        for (int d = 0; row < rows && d < headSize; d++) {
          state[at + d * TOKENS + t] = q[from + d] * scale;
        }
        state[at + TOKENS * (headSize + width) + t] = Float.NEGATIVE_INFINITY;
      }
    }
    for (int from = 0; from < n; from += SPAN) {
      int count = Math.min(SPAN, n - from);
      int padded = (count + 2 * STRIP - 1) / (2 * STRIP) * 2 * STRIP;
      source.keys(from, count, keys);
      source.values(from, count, values);
      for (int tile = 0; tile < group * tiles; tile++) {
        int row = tile % tiles * TOKENS;
        int last = causal == 0 ? n : causal + row + TOKENS - 1;
        if (from < last) {
          int at = tile * tileFloats;
          Arrays.fill(work, 0, TOKENS * SPAN, 0f);
          F32Tile.multiply(keys, headSize * F32Tile.STRIP_BYTES, padded / STRIP, headSize, state, at, work, 0, SPAN);
          for (int t = 0; t < TOKENS; t++) {
            int visible = Math.min(count, (causal == 0 ? n : causal + row + t) - from);
            softmax(work, t * SPAN, visible, padded, work, TOKENS * SPAN + t, state, at + TOKENS * headSize + t * width, width, state,
                at + TOKENS * (headSize + width) + t);
          }
          F32Tile.multiply(values, SPAN * F32Tile.STRIP_BYTES, width / STRIP, count, work, TOKENS * SPAN, state, at + TOKENS * headSize, width);
        }
      }
    }
    for (int tile = 0; tile < group * tiles; tile++) {
      int at = tile * tileFloats + TOKENS * headSize;
      for (int t = 0; t < TOKENS && tile % tiles * TOKENS + t < rows; t++) {
        float inverse = 1 / state[at + TOKENS * (width + 1) + t];
        int to = yo + (tile % tiles * TOKENS + t) * yStride + tile / tiles * headSize;
        for (int d = 0; d < headSize; d++) {
          y[to + d] = state[at + t * width + d] * inverse;
        }
      }
    }
  }

  /**
   * One step of the running softmax of one row: rescales what was summed to the new largest score, and writes the weights of this span.
   *
   * @param visible scores that count; up to {@code padded} the weights become zero
   * @param running largest score at {@code ro}, sum of weights at {@code ro + TOKENS}
   */
  private static void softmax(float[] scores, int so, int visible, int padded, float[] weights, int wo, float[] sums, int uo, int width,
      float[] running, int ro) {
    if (visible <= 0) {
      for (int p = 0; p < padded; p++) {
        weights[wo + p * TOKENS] = 0;
      }
      return;
    }
    float largest = Math.max(running[ro], largest(scores, so, visible));
    float keep = (float) Math.exp(running[ro] - largest);
    if (keep != 1) {
      running[ro + TOKENS] *= keep;
      scaleInPlace(sums, uo, width, keep);
    }
    running[ro] = largest;
    running[ro + TOKENS] += exponentials(scores, so, visible, largest);
    for (int p = 0; p < visible; p++) {
      weights[wo + p * TOKENS] = scores[so + p];
    }
    for (int p = visible; p < padded; p++) {
      weights[wo + p * TOKENS] = 0;
    }
  }

  private static float largest(float[] x, int xo, int n) {
    Ranges.check(x, xo, n);
    FloatVector largest = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      largest = largest.max(FloatVector.fromArray(FLOATS, x, xo + i));
    }
    float rest = largest.reduceLanes(VectorOperators.MAX);
    for (; i < n; i++) {
      rest = Math.max(rest, x[xo + i]);
    }
    return rest;
  }

  /** x = e^(x − largest); returns the sum. */
  private static float exponentials(float[] x, int xo, int n, float largest) {
    Ranges.check(x, xo, n);
    FloatVector total = FloatVector.zero(FLOATS);
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector e = VectorMath.exp(FloatVector.fromArray(FLOATS, x, xo + i).sub(largest));
      e.intoArray(x, xo + i);
      total = total.add(e);
    }
    // As Lanes.sum does: C2 does not inline another call here, and would box what it takes, once a row and head.
    if (LANES > 8) {
      total = total.add(total.rearrange(Lanes.BY_EIGHT));
    }
    if (LANES > 4) {
      total = total.add(total.rearrange(Lanes.BY_FOUR));
    }
    total = total.add(total.rearrange(Lanes.BY_TWO));
    float rest = total.add(total.rearrange(Lanes.BY_ONE)).lane(0);
    for (; i < n; i++) {
      x[xo + i] = (float) Math.exp(x[xo + i] - largest);
      rest += x[xo + i];
    }
    return rest;
  }

  private static void scaleInPlace(float[] x, int xo, int n, float factor) {
    int i = VectorPointwise.scale(x, xo, factor, x, xo, n);
    for (; i < n; i++) {
      x[xo + i] *= factor;
    }
  }

  /** One block of positions: float 16·d + p from byte {@code at} on. */
  private static void unpackKeys(MemorySegment page, long block, int headSize, boolean half, int pairs, MemorySegment keys, long at) {
    Ranges.check(keys, at, headSize * F32Tile.STRIP_BYTES);
    for (int lane = 0; lane < CpuKvCache.BLOCK; lane += LANES) {
      if (half) {
        Ranges.check(page, block, 64L * pairs);
        unpackHalfKeys(page, block + 4 * lane, headSize, keys, at + 4 * lane);
      } else {
        Ranges.check(page, block, 128L * pairs);
        for (int d = 0; d < headSize; d++) {
          long from = block + 64L * (d % 2 * pairs + d / 2) + 4 * lane;
          FloatVector.fromMemorySegment(FLOATS, page, from, ORDER).intoMemorySegment(keys, at + 4 * lane + d * F32Tile.STRIP_BYTES, ORDER);
        }
      }
    }
  }

  private static void unpackHalfKeys(MemorySegment page, long from, int headSize, MemorySegment keys, long at) {
    int d = 0;
    for (; d + 1 < headSize; d += 2) {
      IntVector v = IntVector.fromMemorySegment(INTS, page, from + 32L * d, ORDER);
      Lanes.lowerHalf(v).mul(0x1p112f).intoMemorySegment(keys, at + d * F32Tile.STRIP_BYTES, ORDER);
      Lanes.upperHalf(v).mul(0x1p112f).intoMemorySegment(keys, at + (d + 1) * F32Tile.STRIP_BYTES, ORDER);
    }
    if (d < headSize) {
      IntVector v = IntVector.fromMemorySegment(INTS, page, from + 32L * d, ORDER);
      Lanes.lowerHalf(v).mul(0x1p112f).intoMemorySegment(keys, at + d * F32Tile.STRIP_BYTES, ORDER);
    }
  }

  /** One block of positions: float (d / 16 · SPAN + p) · 16 + d % 16 from byte {@code at} on. */
  private static void unpackValues(MemorySegment page, long block, int headStride, boolean half, MemorySegment values, long at) {
    Ranges.check(page, block, (half ? 2L : 4L) * CpuKvCache.BLOCK * headStride);
    Ranges.check(values, at, ((headStride / STRIP - 1) * SPAN + CpuKvCache.BLOCK) * F32Tile.STRIP_BYTES);
    for (int p = 0; p < CpuKvCache.BLOCK; p += 2) {
      long row = block + 4L * (p / 2) * headStride;
      for (int d = 0; d < headStride; d += LANES) {
        long to = at + (d / STRIP * SPAN + p) * F32Tile.STRIP_BYTES + 4L * (d % STRIP);
        if (half) {
          IntVector v = IntVector.fromMemorySegment(INTS, page, row + 4L * d, ORDER);
          Lanes.lowerHalf(v).mul(0x1p112f).intoMemorySegment(values, to, ORDER);
          Lanes.upperHalf(v).mul(0x1p112f).intoMemorySegment(values, to + F32Tile.STRIP_BYTES, ORDER);
        } else {
          long odd = row + 4L * (CpuKvCache.BLOCK / 2) * headStride;
          FloatVector.fromMemorySegment(FLOATS, page, row + 4L * d, ORDER).intoMemorySegment(values, to, ORDER);
          FloatVector.fromMemorySegment(FLOATS, page, odd + 4L * d, ORDER).intoMemorySegment(values, to + F32Tile.STRIP_BYTES, ORDER);
        }
      }
    }
  }

  /** One query against n positions. */
  private static void one(CpuKvCache cache, int layer, int kvHead, float[] q, int qo, int n, float scale, float[] y, int yo,
      WorkerScratch scratch) {
    int headSize = cache.spec().headSize();
    int headStride = cache.headStride();
    int blocks = (n + CpuKvCache.BLOCK - 1) / CpuKvCache.BLOCK;
    float[] scores = scratch.floats(0, blocks * CpuKvCache.BLOCK);
    float[] query = scratch.floats(1, headSize + 1);
    float[] sums = scratch.floats(2, headStride);
    float factor = cache.half() ? LinearInput.SCALE : 1;
    for (int d = 0; d < headSize; d++) {
      query[d] = q[qo + d] * scale * factor;
    }
    query[headSize] = 0;
    for (int b = 0; b < blocks; b++) {
      int position = b * CpuKvCache.BLOCK;
      MemorySegment page = cache.page(layer, position);
      long block = cache.keyBlock(kvHead, position);
      Ranges.check(page, block, (cache.half() ? 64L : 128L) * cache.pairs());
      for (int lane = 0; lane < CpuKvCache.BLOCK; lane += LANES) {
        if (cache.half()) {
          halfScores(page, block + 4 * lane, cache.pairs(), query, scores, position + lane);
        } else {
          floatScores(page, block + 4 * lane, cache.pairs(), headSize, query, scores, position + lane);
        }
      }
    }
    float weights = exponentials(scores, 0, n, largest(scores, 0, n));
    float normal = factor / weights;
    for (int p = 0; p < n; p++) {
      scores[p] *= normal;
    }
    Arrays.fill(scores, n, blocks * CpuKvCache.BLOCK, 0f);
    Arrays.fill(sums, 0, headStride, 0f);
    for (int b = 0; b < blocks; b++) {
      int position = b * CpuKvCache.BLOCK;
      MemorySegment page = cache.page(layer, position);
      long block = cache.valueBlock(kvHead, position);
      Ranges.check(page, block, (cache.half() ? 2L : 4L) * CpuKvCache.BLOCK * headStride);
      for (int d = 0; d < headStride; d += LANES) {
        if (cache.half()) {
          addHalfValues(page, block + 4L * d, headStride, scores, position, sums, d);
        } else {
          addFloatValues(page, block + 4L * d, headStride, scores, position, sums, d);
        }
      }
    }
    float unscale = cache.half() ? LinearInput.UNSCALE : 1;
    for (int d = 0; d < headSize; d++) {
      y[yo + d] = sums[d] * unscale;
    }
  }

  private static void halfScores(MemorySegment page, long at, int pairs, float[] query, float[] scores, int so) {
    FloatVector a = FloatVector.zero(FLOATS);
    FloatVector b = a;
    for (int i = 0; i < pairs; i++) {
      IntVector v = IntVector.fromMemorySegment(INTS, page, at + 64L * i, ORDER);
      a = Lanes.lowerHalf(v).fma(FloatVector.broadcast(FLOATS, query[2 * i]), a);
      b = Lanes.upperHalf(v).fma(FloatVector.broadcast(FLOATS, query[2 * i + 1]), b);
    }
    a.add(b).mul(LinearInput.UNSCALE).intoArray(scores, so);
  }

  private static void floatScores(MemorySegment page, long at, int pairs, int headSize, float[] query, float[] scores, int so) {
    FloatVector a = FloatVector.zero(FLOATS);
    for (int d = 0; d < headSize; d++) {
      FloatVector v = FloatVector.fromMemorySegment(FLOATS, page, at + 64L * (d % 2 * pairs + d / 2), ORDER);
      a = v.fma(FloatVector.broadcast(FLOATS, query[d]), a);
    }
    a.intoArray(scores, so);
  }

  private static void addHalfValues(MemorySegment page, long at, int headStride, float[] weights, int wo, float[] sums, int so) {
    FloatVector a = FloatVector.fromArray(FLOATS, sums, so);
    FloatVector b = FloatVector.zero(FLOATS);
    for (int p = 0; p < CpuKvCache.BLOCK; p += 2) {
      IntVector v = IntVector.fromMemorySegment(INTS, page, at + 4L * (p / 2) * headStride, ORDER);
      a = Lanes.lowerHalf(v).fma(FloatVector.broadcast(FLOATS, weights[wo + p]), a);
      b = Lanes.upperHalf(v).fma(FloatVector.broadcast(FLOATS, weights[wo + p + 1]), b);
    }
    a.add(b).intoArray(sums, so);
  }

  private static void addFloatValues(MemorySegment page, long at, int headStride, float[] weights, int wo, float[] sums, int so) {
    FloatVector a = FloatVector.fromArray(FLOATS, sums, so);
    long odd = at + 4L * (CpuKvCache.BLOCK / 2) * headStride;
    for (int p = 0; p < CpuKvCache.BLOCK; p += 2) {
      long row = 4L * (p / 2) * headStride;
      a = FloatVector.fromMemorySegment(FLOATS, page, at + row, ORDER).fma(FloatVector.broadcast(FLOATS, weights[wo + p]), a);
      a = FloatVector.fromMemorySegment(FLOATS, page, odd + row, ORDER).fma(FloatVector.broadcast(FLOATS, weights[wo + p + 1]), a);
    }
    a.intoArray(sums, so);
  }
}
