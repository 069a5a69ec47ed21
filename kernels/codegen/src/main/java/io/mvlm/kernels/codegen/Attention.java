package io.mvlm.kernels.codegen;

import io.mvlm.kernels.cpu.CpuKvCache;
import io.mvlm.kernels.cpu.WorkerScratch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Objects;

/**
 * Attention with a running softmax (Milakov and Gimelshein 2018; Dao et al. 2022): keys and values of up to {@link #SPAN} positions at a
 * time meet all panels of queries (see {@link AttentionCode}). One query meets a cache as it stands (see {@link CacheCode}). Stateless and
 * thread-safe.
 */
final class Attention {
  /** Most positions of a step. */
  private static final int SPAN = 128;
  /** Floats between the keys of two dimensions: no power of two, whose multiples would push each other out of the caches. */
  private static final int KEY_STRIDE = SPAN + 16;
  /** Factors of {@link AttentionCode.Transpose} for all columns. */
  private static final int FACTORS = 8;
  private static final int LINE = 64;
  private static final float LOG2_E = 1.44269504f;
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;

  private final Tier tier;
  private final Kernels.AttentionKernels kernels;

  Attention(Kernels kernels) {
    this.tier = kernels.tier();
    this.kernels = kernels.attention();
  }

  /** Where keys and values of one head come from. */
  private interface Source {
    /** Writes {@code [headSize][KEY_STRIDE]} floats to the panel, of which {@code count} positions count. */
    void keys(int from, int count, MemorySegment panel, long target);

    /** Writes {@code [count][valueStride]} floats to the panel. */
    void values(int from, int count, MemorySegment panel, long target);
  }

  /** See {@link io.mvlm.kernels.cpu.CpuKernels#attend}. */
  void attend(float[] q, int qo, float[] k, int ko, float[] v, int vo, int stride, int n, int headSize, float scale, int fromRow, int toRow,
      float[] y, int yo, int yStride, WorkerScratch scratch) {
    Objects.checkFromIndexSize(ko, (n - 1L) * stride + headSize, k.length);
    Objects.checkFromIndexSize(vo, (n - 1L) * stride + headSize, v.length);
    MemorySegment keys = MemorySegment.ofArray(k);
    MemorySegment values = MemorySegment.ofArray(v);
    Source source = new Source() {
      @Override
      public void keys(int from, int count, MemorySegment panel, long target) {
        kernels.transpose().call(panel.address(), keys, panel, 4L * (ko + from * stride), target, 4L * stride, 4L * KEY_STRIDE, count,
            headSize, 0, 0, 0);
      }

      @Override
      public void values(int from, int count, MemorySegment panel, long target) {
        kernels.rows().call(0, values, panel, 4L * (vo + from * stride), target, 4L * stride, 4L * headSize, count, 4L * headSize, 0, 0, 0);
      }
    };
    new Rows(q, qo + fromRow * stride, stride, toRow - fromRow, n, 0, 1, headSize, y, yo + fromRow * yStride, yStride)
        .attend(source, headSize, headSize, scale, scratch);
  }

  /** See {@link io.mvlm.kernels.cpu.CpuKernels#attendCached}. */
  void attendCached(CpuKvCache cache, int layer, int kvHead, float[] q, int qo, int qStride, int rows, int firstPosition, int group,
      float scale, float[] y, int yo, int yStride, WorkerScratch scratch) {
    int headSize = cache.spec().headSize();
    int headStride = cache.headStride();
    int pairs = cache.pairs();
    if (rows == 1) {
      for (int g = 0; g < group; g++) {
        one(cache, layer, kvHead, q, qo + g * headSize, firstPosition + 1, scale, y, yo + g * headSize, scratch);
      }
      return;
    }
    Kernel unpack = kernels.cache(cache.half()).unpack();
    Source source = new Source() {
      @Override
      public void keys(int from, int count, MemorySegment panel, long target) {
        for (int p = 0; p < count; p += CpuKvCache.BLOCK) {
          long block = cache.page(layer, from + p).address() + cache.keyBlock(kvHead, from + p);
          unpack.call(block, MemorySegment.NULL, panel, 4L * CpuKvCache.BLOCK * pairs, target + 4L * p, 4L * KEY_STRIDE, pairs, 1, 0);
        }
      }

      @Override
      public void values(int from, int count, MemorySegment panel, long target) {
        for (int p = 0; p < count; p += CpuKvCache.BLOCK) {
          long block = cache.page(layer, from + p).address() + cache.valueBlock(kvHead, from + p);
          unpack.call(block, MemorySegment.NULL, panel, 2L * CpuKvCache.BLOCK * headStride, target + 4L * p * headStride, 4L * headStride,
              CpuKvCache.BLOCK / 2, headStride / CacheCode.ACROSS, 0);
        }
      }
    };
    int notFinite = new Rows(q, qo, qStride, rows, firstPosition + rows, firstPosition + 1, group, headSize, y, yo, yStride)
        .attend(source, 2 * pairs, headStride, scale, scratch);
    for (int row = Math.max(0, notFinite - firstPosition); row < rows; row++) {
      for (int g = 0; g < group; g++) {
        one(cache, layer, kvHead, q, qo + row * qStride + g * headSize, firstPosition + row + 1, scale, y,
            yo + row * yStride + g * headSize, scratch);
      }
    }
  }

  /** One query against the first n positions. */
  private void one(CpuKvCache cache, int layer, int kvHead, float[] q, int qo, int n, float scale, float[] y, int yo,
      WorkerScratch scratch) {
    Kernels.CacheKernels code = kernels.cache(cache.half());
    int headSize = cache.spec().headSize();
    int headStride = cache.headStride();
    int padded = n + CpuKvCache.BLOCK - 1 & -CpuKvCache.BLOCK;
    // Pairs of the query; sums; scores, and the vector behind them.
    long sums = aligned(8L * cache.pairs());
    long scores = sums + 4L * headStride;
    MemorySegment memory = scratch.panel(scores + 4L * padded + LINE);
    // Array first: floats set one by one in native memory are slow until they are compiled.
    float[] query = scratch.floats(0, 2 * cache.pairs());
    for (int d = 0; d < headSize; d++) {
      query[d] = q[qo + d] * scale * LOG2_E;
    }
    Arrays.fill(query, headSize, 2 * cache.pairs(), 0);
    MemorySegment.copy(query, 0, memory, FLOAT, 0, 2 * cache.pairs());
    for (int position = 0; position < n; position += CpuKvCache.PAGE) {
      long keys = cache.page(layer, position).address() + cache.keyBlock(kvHead, position);
      code.scores().call(keys, memory, memory, 0, scores + 4L * position, cache.pairs(), blocks(position, n), 0, 0);
    }
    for (int p = n; p < padded; p++) {
      memory.set(FLOAT, scores + 4L * p, Float.NEGATIVE_INFINITY);
    }
    kernels.rowSoftmax().call(0, memory, memory, 0, scores, padded / tier.lanes(), 0, 0, 0);
    memory.asSlice(sums, 4L * headStride).fill((byte) 0);
    TilePlan plan = TilePlan.of(headStride / CacheCode.ACROSS, CacheCode.mostSums(tier));
    for (int position = 0; position < n; position += CpuKvCache.PAGE) {
      long values = cache.page(layer, position).address() + cache.valueBlock(kvHead, position);
      for (int tile = 0; tile < plan.tiles(); tile++) {
        int d = plan.first(tile) * CacheCode.ACROSS;
        code.sums()[plan.size(tile) - 1].call(values + 4L * d, memory, memory, scores + 4L * position, sums + 4L * d, 4L * headStride,
            blocks(position, n), 0, 0);
      }
    }
    MemorySegment.copy(memory, FLOAT, sums, y, yo, headSize);
  }

  /** Blocks of a page that hold positions below n. */
  private static int blocks(int position, int n) {
    return (Math.min(CpuKvCache.PAGE, n - position) + CpuKvCache.BLOCK - 1) / CpuKvCache.BLOCK;
  }

  /**
   * Rows of queries of {@code group} heads that share keys and values.
   *
   * @param n positions
   * @param causal 0: every row sees all positions; else row r sees positions below {@code causal + r}
   */
  private final class Rows {
    private final MemorySegment q;
    private final int qo;
    private final int qStride;
    private final int rows;
    private final int n;
    private final int causal;
    private final int group;
    private final int headSize;
    private final MemorySegment y;
    private final int yo;
    private final int yStride;
    /** Queries of a panel, and its panels of one head. */
    private final int width = AttentionCode.queries(tier);
    private final int panels;

    Rows(float[] q, int qo, int qStride, int rows, int n, int causal, int group, int headSize, float[] y, int yo, int yStride) {
      this.q = MemorySegment.ofArray(q);
      this.qo = qo;
      this.qStride = qStride;
      this.rows = rows;
      this.n = n;
      this.causal = causal;
      this.group = group;
      this.headSize = headSize;
      this.y = MemorySegment.ofArray(y);
      this.yo = yo;
      this.yStride = yStride;
      this.panels = (rows + width - 1) / width;
    }

    /**
     * @param keyRows rows of keys that the source writes
     * @param valueStride floats between the values of two positions
     * @return the first position whose values are not finite, and count for nothing in these results, though not all rows see it;
     *     {@link Integer#MAX_VALUE} if there is none
     */
    int attend(Source source, int keyRows, int valueStride, float scale, WorkerScratch scratch) {
      // Factors one; factors that scale queries; keys; values; scores [SPAN][width]; sums without weight [headSize][width]; of each panel:
      // queries [headSize][width], state [3][width], results [headSize][width].
      long scaling = 4L * FACTORS;
      long keys = 2 * scaling;
      long values = keys + 4L * KEY_STRIDE * keyRows;
      long scores = values + aligned(4L * SPAN * valueStride);
      long weightless = scores + 4L * SPAN * width;
      long queryBytes = 4L * headSize * width;
      long queries = weightless + queryBytes;
      long stateBytes = 4L * 3 * width;
      long panelBytes = 2 * queryBytes + stateBytes;
      MemorySegment memory = scratch.panel(queries + group * panels * panelBytes);
      for (int i = 0; i < FACTORS; i++) {
        memory.set(FLOAT, 4L * i, 1);
        memory.set(FLOAT, scaling + 4L * i, scale * LOG2_E);
      }
      for (int panel = 0; panel < group * panels; panel++) {
        long at = queries + panel * panelBytes;
        if (count(panel) < width) {
          memory.asSlice(at, queryBytes).fill((byte) 0);
        }
        kernels.transpose().call(memory.address() + scaling, q, memory, 4L * (qo + place(panel, qStride)), at, 4L * qStride, 4L * width,
            count(panel), headSize, 0, 0, 0);
      }
      int notFinite = Integer.MAX_VALUE;
      int span = span();
      for (int from = 0; from < n; from += span) {
        int count = Math.min(span, n - from);
        source.keys(from, count, memory, keys);
        source.values(from, count, memory, values);
        int unseen = Math.max(0, causal - from); // by the first row
        if (causal != 0 && unseen < count && !areFinite(memory, values, valueStride, count, scores, weightless)) {
          notFinite = Math.min(notFinite, clear(memory, values, valueStride, from, unseen, count));
        }
        for (int panel = 0; panel < group * panels; panel++) {
          int seen = causal + panel % panels * width - from; // by the first query
          if (causal == 0 || seen + width - 1 > 0) {
            long at = queries + panel * panelBytes;
            int first = from == 0 ? 1 : 0;
            boolean masked = causal != 0 && seen < count;
            product(memory, at, keys, 4L * KEY_STRIDE, count, headSize, scores, 0);
            (masked ? kernels.causalSoftmax() : kernels.softmax()).call(memory.address() + scores, MemorySegment.NULL, MemorySegment.NULL,
                at + queryBytes - scores, count, headSize, first, seen, 0);
            product(memory, scores, values, 4L * valueStride, headSize, count, at + queryBytes + stateBytes, 1 - first);
          }
        }
      }
      for (int panel = 0; panel < group * panels; panel++) {
        long state = queries + panel * panelBytes + queryBytes;
        // A few rows at a time, whose lines are written whole: rows may be a power of two apart.
        for (int row = 0; row < count(panel); row += AttentionCode.Transpose.SIDE) {
          kernels.transpose().call(memory.address() + state + 8L * width + 4L * row, memory, y, state + stateBytes + 4L * row,
              4L * (yo + place(panel, yStride) + row * yStride), 4L * width, 4L * yStride, headSize,
              Math.min(AttentionCode.Transpose.SIDE, count(panel) - row), 4, 0, 0);
        }
      }
      return notFinite;
    }

    /** Whether the values of some positions, which rows that do not see them multiply with zero, vanish then. */
    private boolean areFinite(MemorySegment memory, long values, int valueStride, int count, long scores, long weightless) {
      memory.asSlice(scores, 4L * count * width).fill((byte) 0);
      product(memory, scores, values, 4L * valueStride, headSize, count, weightless, 0);
      float sum = 0;
      for (int d = 0; d < headSize; d++) {
        sum += memory.get(FLOAT, weightless + 4L * d * width);
      }
      return sum == 0;
    }

    /**
     * Sets values that are not finite to zero.
     *
     * @param span the position of the first values in memory
     * @param from from which of them on
     * @return the first position that had one; {@link Integer#MAX_VALUE} if none had
     */
    private int clear(MemorySegment memory, long values, int valueStride, int span, int from, int to) {
      int first = Integer.MAX_VALUE;
      for (int position = to - 1; position >= from; position--) {
        for (int d = 0; d < headSize; d++) {
          long at = values + 4L * (position * valueStride + d);
          if (!Float.isFinite(memory.get(FLOAT, at))) {
            memory.set(FLOAT, at, 0);
            first = span + position;
          }
        }
      }
      return first;
    }

    /** Positions of a step: all steps are about as long, but for the last one where steps are whole blocks of a cache. */
    private int span() {
      int steps = (n + SPAN - 1) / SPAN;
      int even = (n + steps - 1) / steps;
      return causal == 0 ? even : (even + CpuKvCache.BLOCK - 1) / CpuKvCache.BLOCK * CpuKvCache.BLOCK;
    }

    /** Queries of a panel. */
    private int count(int panel) {
      return Math.min(width, rows - panel % panels * width);
    }

    /** Floats from the first row of the first head to the panel's. */
    private int place(int panel, int stride) {
      return panel % panels * width * stride + panel / panels * headSize;
    }

    /** See {@link AttentionCode.Product}; all offsets are into {@code memory}. */
    private void product(MemorySegment memory, long panel, long x, long xStep, int rows, int depth, long target, int adding) {
      TilePlan plan = TilePlan.of(rows, AttentionCode.mostRows(tier));
      kernels.product()[plan.large() - 1].call(memory.address() + panel, memory, memory, x, target, xStep, depth, plan.largeCount(),
          adding);
      if (plan.smallCount() > 0) {
        int done = plan.first(plan.largeCount());
        kernels.product()[plan.small() - 1].call(memory.address() + panel, memory, memory, x + 4L * done, target + 4L * done * width, xStep,
            depth, plan.smallCount(), adding);
      }
    }
  }

  private static long aligned(long bytes) {
    return bytes + LINE - 1 & -LINE;
  }
}
