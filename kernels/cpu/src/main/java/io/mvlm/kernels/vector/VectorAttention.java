package io.mvlm.kernels.vector;

import static io.mvlm.kernels.vector.Lanes.F16_BITS;
import static io.mvlm.kernels.vector.Lanes.FLOATS;
import static io.mvlm.kernels.vector.Lanes.INTS;
import static io.mvlm.kernels.vector.Lanes.LANES;
import static io.mvlm.kernels.vector.Lanes.ORDER;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LSHL;

import io.mvlm.kernels.cpu.CpuKvCache;
import io.mvlm.kernels.cpu.LinearInput;
import io.mvlm.kernels.cpu.WorkerScratch;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * Attention with a running softmax (Milakov and Gimelshein 2018; Dao et al. 2022). Many query rows: 32 queries stand across the lanes of a
 * panel, keys and values of {@link #SPAN} positions at a time become tiles of eight positions and of eight dimensions, and both products are
 * {@link F32Tile}s. So the scores of a query stay in one lane, where its largest and its sum are found without looking at others, and its
 * weights come out as the panel that meets the values. One query row: scores and sums are taken straight from the cache.
 */
final class VectorAttention {
  /** Positions of a step. */
  static final int SPAN = 128;

  private static final int QUERIES = F32Tile.WIDTH;
  private static final int TILE = F32Tile.TOKENS;

  /** Rows of the state behind a block's sums: largest score, sum of weights, and number of visible positions of each query. */
  private static final int LARGEST = 0;
  private static final int WEIGHT = QUERIES;
  private static final int VISIBLE = 2 * QUERIES;
  private static final int STATE = 3 * QUERIES;

  private VectorAttention() {}

  /** Where keys and values of one head come from. */
  private interface Source {
    /** Float (p / 8 · headSize + d) · 8 + p % 8 of keys, for p in [0, count) from position {@code from} on; room for 16 more positions. */
    void keys(int from, int count, float[] keys);

    /** Float (d / 8 · SPAN + p) · 8 + d % 8 of values; the same. */
    void values(int from, int count, float[] values);
  }

  static void attend(float[] q, int qo, float[] k, int ko, float[] v, int vo, int stride, int n, int headSize, float scale, int fromRow,
      int toRow, float[] y, int yo, int yStride, WorkerScratch scratch) {
    Source source = new Source() {
      @Override
      public void keys(int from, int count, float[] keys) {
        int p = 0;
        for (; p + TILE <= count; p += TILE) {
          VectorRows.packTile(k, ko + (from + p) * stride, stride, headSize, keys, p * headSize);
        }
        for (int i = p; i < count; i++) {
          for (int d = 0; d < headSize; d++) {
            keys[p * headSize + d * TILE + i - p] = k[ko + (from + i) * stride + d];
          }
        }
      }

      @Override
      public void values(int from, int count, float[] values) {
        for (int d = 0; d < headSize; d += TILE) {
          int at = vo + from * stride + d;
          if (d + TILE <= headSize) {
            copyEight(v, at, stride, count, values, d * SPAN);
          } else {
            for (int p = 0; p < count; p++) {
              System.arraycopy(v, at + p * stride, values, (d / TILE * SPAN + p) * TILE, headSize - d);
            }
          }
        }
      }
    };
    rows(source, q, qo + fromRow * stride, stride, toRow - fromRow, n, 0, 1, headSize, scale, y, yo + fromRow * yStride, yStride, scratch);
  }

  /** Eight columns of {@code count} rows. */
  private static void copyEight(float[] x, int from, int stride, int count, float[] target, int to) {
    for (int p = 0; p < count; p++, from += stride, to += TILE) {
      for (int t = 0; t < TILE; t++) {
        target[to + t] = x[from + t];
      }
    }
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
      public void keys(int from, int count, float[] keys) {
        int block = SPAN * headSize;
        for (int p = 0; p < count; p += CpuKvCache.BLOCK) {
          unpackKeys(cache.page(layer, from + p), cache.keyBlock(kvHead, from + p), headSize, cache.half(), cache.pairs(), keys, block);
          copyEight(keys, block, CpuKvCache.BLOCK, headSize, keys, p * headSize);
          copyEight(keys, block + TILE, CpuKvCache.BLOCK, headSize, keys, (p + TILE) * headSize);
        }
      }

      @Override
      public void values(int from, int count, float[] values) {
        int stride = cache.headStride();
        int block = SPAN * stride;
        for (int p = 0; p < count; p += CpuKvCache.BLOCK) {
          unpackValues(cache.page(layer, from + p), cache.valueBlock(kvHead, from + p), stride, cache.half(), values, block);
          for (int d = 0; d < stride; d += TILE) {
            copyEight(values, block + d, stride, CpuKvCache.BLOCK, values, d * SPAN + p * TILE);
          }
        }
      }
    };
    // Rows that share a step take values that some of them do not see times 0: NaN, unless these are finite, as all f16 in a cache are.
    for (int from = 0, to = 1; from < rows; from = to++) {
      while (to < rows && (cache.half() || finite(cache, layer, kvHead, firstPosition + to, scratch.floats(3, LANES)))) {
        to++;
      }
      int first = firstPosition + from;
      rows(source, q, qo + from * qStride, qStride, to - from, firstPosition + to, first + 1, group, headSize, scale, y, yo + from * yStride,
          yStride, scratch);
    }
  }

  /**
   * Rows of queries, 32 at a time, for each of {@code group} heads that share keys and values.
   *
   * @param causal 0: every row sees all n positions; else row r sees positions below {@code causal + r}
   */
  private static void rows(Source source, float[] q, int qo, int qStride, int rows, int n, int causal, int group, int headSize, float scale,
      float[] y, int yo, int yStride, WorkerScratch scratch) {
    int blocks = (rows + QUERIES - 1) / QUERIES;
    int width = headSize + (-headSize & CpuKvCache.BLOCK - 1);
    int stateFloats = width * QUERIES + STATE;
    long queryBytes = headSize * F32Tile.ROW_BYTES;
    // Queries of each block [headSize, 32], weights [SPAN, 32]; scores [1 + SPAN, 32]; of each block: sums [width, 32] and what is behind them.
    MemorySegment panels = scratch.panel(group * blocks * queryBytes + SPAN * F32Tile.ROW_BYTES);
    long weights = group * blocks * queryBytes;
    float[] scores = scratch.floats(0, (1 + SPAN) * QUERIES);
    float[] keys = scratch.floats(1, (SPAN + CpuKvCache.BLOCK) * headSize);
    float[] values = scratch.floats(2, (SPAN + CpuKvCache.BLOCK) * width);
    float[] state = scratch.floats(3, group * blocks * stateFloats);
    Arrays.fill(state, 0, group * blocks * stateFloats, 0f);
    for (int block = 0; block < group * blocks; block++) {
      int first = block % blocks * QUERIES;
      int count = Math.min(QUERIES, rows - first);
      loadQueries(q, qo + first * qStride + block / blocks * headSize, qStride, count, headSize, scale, keys, panels,
          block * queryBytes);
      int at = block * stateFloats + width * QUERIES;
      Arrays.fill(state, at + LARGEST, at + LARGEST + QUERIES, Float.NEGATIVE_INFINITY);
      for (int t = 0; t < QUERIES; t++) {
        state[at + VISIBLE + t] = causal == 0 ? n : causal + first + t;
      }
    }
    for (int from = 0; from < n; from += SPAN) {
      int count = Math.min(SPAN, n - from);
      source.keys(from, count, keys);
      source.values(from, count, values);
      for (int block = 0; block < group * blocks; block++) {
        int first = block % blocks * QUERIES;
        int seen = causal == 0 ? count : Math.min(count, causal + first + QUERIES - 1 - from);
        if (seen > 0) {
          int sums = block * stateFloats;
          boolean hidden = causal != 0 && causal + first < from + seen;
          step(panels, block * queryBytes, keys, values, headSize, width, from, seen, hidden, scores, weights, state, sums);
        }
      }
    }
    for (int block = 0; block < group * blocks; block++) {
      int first = block % blocks * QUERIES;
      int to = yo + first * yStride + block / blocks * headSize;
      storeSums(state, block * stateFloats, width, Math.min(QUERIES, rows - first), headSize, y, to, yStride);
    }
  }

  /**
   * A block of queries, and zero for those that are missing, which score 0 everywhere and are thrown away.
   *
   * @param columns room for [headSize, 32]
   */
  private static void loadQueries(float[] q, int qo, int stride, int count, int headSize, float scale, float[] columns, MemorySegment panels,
      long at) {
    Arrays.fill(columns, 0, headSize * QUERIES, 0f);
    for (int t = 0; t < count; t += TILE) {
      int last = Math.min(count, t + TILE);
      for (int d = 0; d < headSize; d++) {
        for (int i = t; i < last; i++) {
          columns[d * QUERIES + i] = q[qo + i * stride + d];
        }
      }
    }
    Ranges.check(panels, at, headSize * F32Tile.ROW_BYTES);
    scale(columns, headSize * QUERIES, scale, panels, at);
  }

  private static void scale(float[] x, int n, float factor, MemorySegment y, long at) {
    y = Native.of(y);
    for (int i = 0; i < n; i += LANES) {
      FloatVector.fromArray(FLOATS, x, i).mul(factor).intoMemorySegment(y, at + 4L * i, ORDER);
    }
  }

  private static void storeSums(float[] state, int sums, int width, int count, int headSize, float[] y, int yo, int stride) {
    for (int t = 0; t < count; t++) {
      float inverse = 1 / state[sums + width * QUERIES + WEIGHT + t];
      for (int d = 0; d < headSize; d++) {
        y[yo + t * stride + d] = state[sums + d * QUERIES + t] * inverse;
      }
    }
  }

  /** A block of queries meets {@code count} positions from {@code from} on, some of which not all of them see if {@code hidden}. */
  private static void step(MemorySegment panels, long queries, float[] keys, float[] values, int headSize, int width, int from, int count,
      boolean hidden, float[] scores, long weights, float[] state, int sums) {
    for (int p = 0; p < count; p += TILE) {
      F32Tile.multiply(panels, queries, headSize, keys, p * headSize, F32Tile.ZEROS, 0, 0, scores, (1 + p) * QUERIES, QUERIES);
    }
    int rows = sums + width * QUERIES;
    for (int lane = 0; lane < QUERIES; lane += LANES) {
      if (hidden) {
        hide(scores, QUERIES + lane, from, count, state, rows + VISIBLE + lane);
      }
      raiseLargest(scores, lane, count, state, rows + LARGEST + lane);
      VectorMath.exp(scores, lane, 1 + count, QUERIES, state, rows + LARGEST + lane);
      rescale(state, sums + lane, width, scores, lane);
      weigh(scores, lane, count, state, rows + WEIGHT + lane, panels, weights + 4L * lane);
    }
    for (int d = 0; d < width; d += TILE) {
      F32Tile.multiply(panels, weights, count, values, d * SPAN, state, sums + d * QUERIES, QUERIES, state, sums + d * QUERIES, QUERIES);
    }
  }

  /** Positions that a query does not see score −∞. */
  private static void hide(float[] scores, int so, int from, int count, float[] visible, int vo) {
    FloatVector limit = FloatVector.fromArray(FLOATS, visible, vo);
    for (int p = 0; p < count; p++) {
      FloatVector.fromArray(FLOATS, scores, so + p * QUERIES)
          .blend(Float.NEGATIVE_INFINITY, limit.compare(LE, from + p)).intoArray(scores, so + p * QUERIES);
    }
  }

  /** The largest score of each lane so far; that of before becomes row 0, whose weight is what earlier sums have to be multiplied with. */
  private static void raiseLargest(float[] scores, int so, int count, float[] state, int at) {
    FloatVector largest = FloatVector.fromArray(FLOATS, state, at);
    largest.intoArray(scores, so);
    for (int p = 1; p <= count; p++) {
      FloatVector score = FloatVector.fromArray(FLOATS, scores, so + p * QUERIES);
      largest = largest.blend(score, score.compare(GT, largest));
    }
    largest.intoArray(state, at);
  }

  private static void rescale(float[] sums, int at, int width, float[] factors, int fo) {
    FloatVector factor = FloatVector.fromArray(FLOATS, factors, fo);
    for (int d = 0; d < width; d++) {
      FloatVector.fromArray(FLOATS, sums, at + d * QUERIES).mul(factor).intoArray(sums, at + d * QUERIES);
    }
  }

  /** The panel of weights, and their sum; row 0 is as in {@link #raiseLargest}. */
  private static void weigh(float[] rows, int from, int count, float[] state, int at, MemorySegment weights, long to) {
    weights = Native.of(weights);
    FloatVector total = FloatVector.fromArray(FLOATS, state, at).mul(FloatVector.fromArray(FLOATS, rows, from));
    for (int p = 0; p < count; p++) {
      FloatVector weight = FloatVector.fromArray(FLOATS, rows, from + (1 + p) * QUERIES);
      weight.intoMemorySegment(weights, to + p * F32Tile.ROW_BYTES, ORDER);
      total = total.add(weight);
    }
    total.intoArray(state, at);
  }

  /** The largest number of each lane of {@code n} values, whole vectors. */
  private static void largest(float[] x, int n, float[] lanes) {
    FloatVector largest = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
    for (int i = 0; i < n; i += LANES) {
      FloatVector v = FloatVector.fromArray(FLOATS, x, i);
      largest = largest.blend(v, v.compare(GT, largest));
    }
    largest.intoArray(lanes, 0);
  }

  /** One block of positions: float 16·d + p from {@code to} on. */
  private static void unpackKeys(MemorySegment page, long block, int headSize, boolean half, int pairs, float[] keys, int to) {
    Ranges.check(page, block, (half ? 64L : 128L) * pairs);
    Ranges.check(keys, to, CpuKvCache.BLOCK * headSize);
    for (int lane = 0; lane < CpuKvCache.BLOCK; lane += LANES) {
      if (half) {
        unpackHalfKeys(page, block + 4 * lane, headSize, keys, to + lane);
      } else {
        unpackFloatKeys(page, block + 4 * lane, headSize, pairs, keys, to + lane);
      }
    }
  }

  private static void unpackHalfKeys(MemorySegment page, long from, int headSize, float[] keys, int to) {
    page = Native.of(page);
    int d = 0;
    for (; d + 1 < headSize; d += 2) {
      IntVector v = IntVector.fromMemorySegment(INTS, page, from + 32L * d, ORDER);
      v.lanewise(LSHL, 16).lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats().mul(0x1p112f).intoArray(keys, to + d * CpuKvCache.BLOCK);
      v.lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats().mul(0x1p112f).intoArray(keys, to + (d + 1) * CpuKvCache.BLOCK);
    }
    if (d < headSize) {
      IntVector v = IntVector.fromMemorySegment(INTS, page, from + 32L * d, ORDER);
      v.lanewise(LSHL, 16).lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats().mul(0x1p112f).intoArray(keys, to + d * CpuKvCache.BLOCK);
    }
  }

  private static void unpackFloatKeys(MemorySegment page, long from, int headSize, int pairs, float[] keys, int to) {
    page = Native.of(page);
    for (int d = 0; d < headSize; d++) {
      FloatVector.fromMemorySegment(FLOATS, page, from + 64L * (d % 2 * pairs + d / 2), ORDER).intoArray(keys, to + d * CpuKvCache.BLOCK);
    }
  }

  /** One block of positions: float headStride·p + d from {@code to} on. */
  private static void unpackValues(MemorySegment page, long block, int headStride, boolean half, float[] values, int to) {
    Ranges.check(page, block, (half ? 2L : 4L) * CpuKvCache.BLOCK * headStride);
    Ranges.check(values, to, CpuKvCache.BLOCK * headStride);
    for (int p = 0; p < CpuKvCache.BLOCK; p += 2) {
      long row = block + 2L * p * headStride;
      if (half) {
        unpackHalfValues(page, row, headStride, values, to + p * headStride);
      } else {
        unpackFloatValues(page, row, row + 2L * CpuKvCache.BLOCK * headStride, headStride, values, to + p * headStride);
      }
    }
  }

  /** Two positions. */
  private static void unpackHalfValues(MemorySegment page, long row, int headStride, float[] values, int to) {
    page = Native.of(page);
    for (int d = 0; d < headStride; d += LANES) {
      IntVector v = IntVector.fromMemorySegment(INTS, page, row + 4L * d, ORDER);
      v.lanewise(LSHL, 16).lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats().mul(0x1p112f).intoArray(values, to + d);
      v.lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats().mul(0x1p112f).intoArray(values, to + headStride + d);
    }
  }

  private static void unpackFloatValues(MemorySegment page, long row, long odd, int headStride, float[] values, int to) {
    page = Native.of(page);
    for (int d = 0; d < headStride; d += LANES) {
      FloatVector.fromMemorySegment(FLOATS, page, row + 4L * d, ORDER).intoArray(values, to + d);
      FloatVector.fromMemorySegment(FLOATS, page, odd + 4L * d, ORDER).intoArray(values, to + headStride + d);
    }
  }

  /** One query against n positions. */
  private static void one(CpuKvCache cache, int layer, int kvHead, float[] q, int qo, int n, float scale, float[] y, int yo,
      WorkerScratch scratch) {
    int headSize = cache.spec().headSize();
    int headStride = cache.headStride();
    int blocks = (n + CpuKvCache.BLOCK - 1) / CpuKvCache.BLOCK;
    int padded = blocks * CpuKvCache.BLOCK;
    float[] scores = scratch.floats(0, padded);
    float[] query = scratch.floats(1, headSize + 1);
    float[] sums = scratch.floats(2, headStride);
    float[] lanes = scratch.floats(3, LANES);
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
    Arrays.fill(scores, n, padded, Float.NEGATIVE_INFINITY);
    largest(scores, padded, lanes);
    float largest = lanes[0];
    for (int lane = 1; lane < LANES; lane++) {
      largest = Math.max(largest, lanes[lane]);
    }
    Arrays.fill(lanes, 0, LANES, largest);
    VectorMath.exp(scores, 0, padded / LANES, LANES, lanes, 0);
    float normal = factor / VectorRows.sum(scores, 0, padded);
    for (int p = 0; p < n; p++) {
      scores[p] *= normal;
    }
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
          addFloatValues(page, block + 4L * d, headStride, scores, position, Math.min(CpuKvCache.BLOCK, n - position), sums, d);
        }
      }
    }
    float unscale = cache.half() ? LinearInput.UNSCALE : 1;
    for (int d = 0; d < headSize; d++) {
      y[yo + d] = sums[d] * unscale;
    }
  }

  private static void halfScores(MemorySegment page, long at, int pairs, float[] query, float[] scores, int so) {
    page = Native.of(page);
    FloatVector a = FloatVector.zero(FLOATS);
    FloatVector b = a;
    for (int i = 0; i < pairs; i++) {
      IntVector v = IntVector.fromMemorySegment(INTS, page, at + 64L * i, ORDER);
      a = v.lanewise(LSHL, 16).lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats().fma(FloatVector.broadcast(FLOATS, query[2 * i]), a);
      b = v.lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats().fma(FloatVector.broadcast(FLOATS, query[2 * i + 1]), b);
    }
    a.add(b).mul(LinearInput.UNSCALE).intoArray(scores, so);
  }

  private static void floatScores(MemorySegment page, long at, int pairs, int headSize, float[] query, float[] scores, int so) {
    page = Native.of(page);
    FloatVector a = FloatVector.zero(FLOATS);
    for (int d = 0; d < headSize; d++) {
      FloatVector v = FloatVector.fromMemorySegment(FLOATS, page, at + 64L * (d % 2 * pairs + d / 2), ORDER);
      a = v.fma(FloatVector.broadcast(FLOATS, query[d]), a);
    }
    a.intoArray(scores, so);
  }

  private static void addHalfValues(MemorySegment page, long at, int headStride, float[] weights, int wo, float[] sums, int so) {
    page = Native.of(page);
    FloatVector a = FloatVector.fromArray(FLOATS, sums, so);
    FloatVector b = FloatVector.zero(FLOATS);
    for (int p = 0; p < CpuKvCache.BLOCK; p += 2) {
      IntVector v = IntVector.fromMemorySegment(INTS, page, at + 4L * (p / 2) * headStride, ORDER);
      a = v.lanewise(LSHL, 16).lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats().fma(FloatVector.broadcast(FLOATS, weights[wo + p]), a);
      b = v.lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats().fma(FloatVector.broadcast(FLOATS, weights[wo + p + 1]), b);
    }
    a.add(b).intoArray(sums, so);
  }

  /** Of {@code count} positions: what stands behind them may be infinite, which a weight of 0 does not undo. */
  private static void addFloatValues(MemorySegment page, long at, int headStride, float[] weights, int wo, int count, float[] sums, int so) {
    page = Native.of(page);
    FloatVector a = FloatVector.fromArray(FLOATS, sums, so);
    for (int p = 0; p < count; p++) {
      long row = floatRow(p, headStride);
      a = FloatVector.fromMemorySegment(FLOATS, page, at + row, ORDER).fma(FloatVector.broadcast(FLOATS, weights[wo + p]), a);
    }
    a.intoArray(sums, so);
  }

  /** First byte of a position in a block of 32-bit values. */
  private static long floatRow(int p, int headStride) {
    return 4L * (p % 2 * (CpuKvCache.BLOCK / 2) + p / 2) * headStride;
  }

  /** Whether all values of a position are finite, 32-bit ones. */
  private static boolean finite(CpuKvCache cache, int layer, int kvHead, int position, float[] lanes) {
    int headStride = cache.headStride();
    MemorySegment page = cache.page(layer, position);
    long row = cache.valueBlock(kvHead, position) + floatRow(position % CpuKvCache.BLOCK, headStride);
    Ranges.check(page, row, 4L * headStride);
    addDifferences(page, row, headStride, lanes);
    float sum = 0;
    for (int lane = 0; lane < LANES; lane++) {
      sum += lanes[lane];
    }
    return sum == 0;
  }

  /** The sum of x − x, which is 0 for finite numbers and NaN for others. */
  private static void addDifferences(MemorySegment page, long at, int count, float[] lanes) {
    page = Native.of(page);
    FloatVector sum = FloatVector.zero(FLOATS);
    for (int i = 0; i < count; i += LANES) {
      FloatVector v = FloatVector.fromMemorySegment(FLOATS, page, at + 4L * i, ORDER);
      sum = sum.add(v.sub(v));
    }
    sum.intoArray(lanes, 0);
  }
}
