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
  /** Bytes between tiles of values: no power of two, whose multiples would push each other out of the caches. */
  private static final int VALUE_TILE = AttentionCode.TILE_ROW * (SPAN + AttentionCode.TILE);
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
    /** Writes the tiles that hold {@code count} positions. */
    void keys(int from, int count, MemorySegment panel, long target);

    /** Writes {@code count} positions of tiles {@link #VALUE_TILE} apart. */
    void values(int from, int count, MemorySegment panel, long target);
  }

  /** See {@link io.mvlm.kernels.cpu.CpuKernels#attend}. */
  void attend(float[] q, int qo, float[] k, int ko, float[] v, int vo, int stride, int n, int headSize, float scale, int fromRow, int toRow,
      float[] y, int yo, int yStride, WorkerScratch scratch) {
    Objects.checkFromIndexSize(ko, (n - 1L) * stride + headSize, k.length);
    Objects.checkFromIndexSize(vo, (n - 1L) * stride + headSize, v.length);
    MemorySegment keys = MemorySegment.ofArray(k);
    MemorySegment values = MemorySegment.ofArray(v);
    int keyTile = AttentionCode.TILE_ROW * headSize;
    Source source = new Source() {
      @Override
      public void keys(int from, int count, MemorySegment panel, long target) {
        if (count % AttentionCode.TILE > 0) {
          panel.asSlice(target + (long) count / AttentionCode.TILE * keyTile, keyTile).fill((byte) 0);
        }
        kernels.transpose().call(panel.address(), keys, panel, 4L * (ko + from * stride), target, 4L * stride, AttentionCode.TILE_ROW,
            count, headSize, 0, keyTile, 0);
      }

      @Override
      public void values(int from, int count, MemorySegment panel, long target) {
        kernels.tiles().call(0, values, panel, 4L * (vo + from * stride), target, 4L * stride, VALUE_TILE, count, 4L * headSize, 0, 0, 0);
      }
    };
    new Rows(q, qo + fromRow * stride, stride, toRow - fromRow, n, 0, 1, headSize, y, yo + fromRow * yStride, yStride)
        .attend(source, headSize, scale, scratch);
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
    int keyTile = AttentionCode.TILE_ROW * 2 * pairs;
    int blockTiles = CpuKvCache.BLOCK / AttentionCode.TILE;
    Source source = new Source() {
      @Override
      public void keys(int from, int count, MemorySegment panel, long target) {
        for (int p = 0; p < count; p += CpuKvCache.BLOCK) {
          long block = cache.page(layer, from + p).address() + cache.keyBlock(kvHead, from + p);
          unpack.call(block, MemorySegment.NULL, panel, 4L * CpuKvCache.BLOCK * pairs, target + (long) p / AttentionCode.TILE * keyTile,
              keyTile, pairs, blockTiles, 0);
        }
      }

      @Override
      public void values(int from, int count, MemorySegment panel, long target) {
        for (int p = 0; p < count; p += CpuKvCache.BLOCK) {
          long block = cache.page(layer, from + p).address() + cache.valueBlock(kvHead, from + p);
          unpack.call(block, MemorySegment.NULL, panel, 2L * CpuKvCache.BLOCK * headStride, target + (long) p * AttentionCode.TILE_ROW,
              VALUE_TILE, CpuKvCache.BLOCK / 2, headStride / AttentionCode.TILE, 0);
        }
      }
    };
    int notFinite = new Rows(q, qo, qStride, rows, firstPosition + rows, firstPosition + 1, group, headSize, y, yo, yStride)
        .attend(source, 2 * pairs, scale, scratch);
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
   * Rows of queries of {@code group} heads that share keys and values, in panels of up to {@link AttentionCode#MOST_VECTORS} vectors.
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
    /** The panels of one head, in vectors. */
    private final TilePlan plan;
    private final int panels;
    private final int valueTiles;
    // Bytes from the beginning of the memory, and what a panel takes: queries [headSize][width], state [STATE][width], results.
    private final long keys;
    private final long values;
    private final long scores;
    private final long queries;
    private final long queryBytes;
    private final long panelBytes;

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
      this.plan = TilePlan.of((rows + tier.lanes() - 1) / tier.lanes(), AttentionCode.MOST_VECTORS);
      this.panels = group * plan.tiles();
      this.valueTiles = (headSize + AttentionCode.TILE - 1) / AttentionCode.TILE;
      long row = 4L * tier.lanes() * plan.large();
      this.keys = 2 * 4L * FACTORS; // factors one; factors that scale queries
      this.values = keys + (long) SPAN / AttentionCode.TILE * AttentionCode.TILE_ROW * (headSize + 1);
      this.scores = values + (long) VALUE_TILE * (valueTiles + valueTiles % 2); // a cache's values come in pairs of tiles
      this.queries = scores + SPAN * row;
      this.queryBytes = headSize * row;
      this.panelBytes = queryBytes + AttentionCode.STATE * row + valueTiles * AttentionCode.TILE * row;
    }

    /**
     * @param depth rows of a tile of keys: {@code headSize}, or one more
     * @return the first position whose values are not finite, and count for nothing in these results, though not all rows see it;
     *     {@link Integer#MAX_VALUE} if there is none
     */
    int attend(Source source, int depth, float scale, WorkerScratch scratch) {
      MemorySegment memory = scratch.panel(queries + panels * panelBytes);
      for (int i = 0; i < FACTORS; i++) {
        memory.set(FLOAT, 4L * i, 1);
        memory.set(FLOAT, 4L * (FACTORS + i), scale * LOG2_E);
      }
      for (int panel = 0; panel < panels; panel++) {
        if (count(panel) < width(panel)) {
          memory.asSlice(queries(panel), queryBytes).fill((byte) 0);
        }
        kernels.transpose().call(memory.address() + 4L * FACTORS, q, memory, 4L * (qo + place(panel, qStride)), queries(panel),
            4L * qStride, 4L * width(panel), count(panel), headSize, 0, 4L * AttentionCode.Transpose.SIDE, 0);
      }
      int notFinite = steps(source, depth, memory, false);
      if (causal != 0 && !areFinite(memory)) {
        notFinite = steps(source, depth, memory, true);
      }
      for (int panel = 0; panel < panels; panel++) {
        long factors = state(panel) + 2L * 4 * width(panel);
        // Where the queries were, first: rows are written whole, as they may be a power of two apart, and others write beside them.
        kernels.transpose().call(memory.address() + factors, memory, memory, results(panel), queries(panel), 4L * width(panel),
            4L * headSize, headSize, count(panel), 4, 4L * AttentionCode.Transpose.SIDE, 0);
        kernels.rows().call(0, memory, y, queries(panel), 4L * (yo + place(panel, yStride)), 4L * headSize, 4L * yStride, count(panel),
            4L * headSize, 0, 0, 0);
      }
      return notFinite;
    }

    /**
     * All positions, some at a time, from the first on.
     *
     * @param clearing whether values that are not finite, and that some rows do not see, are set to zero: what is multiplied with zero
     *     vanishes then
     * @return as {@link #attend} does
     */
    private int steps(Source source, int depth, MemorySegment memory, boolean clearing) {
      int notFinite = Integer.MAX_VALUE;
      int span = span();
      long keyTile = (long) AttentionCode.TILE_ROW * depth;
      for (int from = 0; from < n; from += span) {
        int count = Math.min(span, n - from);
        source.keys(from, count, memory, keys);
        source.values(from, count, memory, values);
        int unseen = Math.max(0, causal - from); // by the first row
        if (clearing && unseen < count) {
          notFinite = Math.min(notFinite, clear(memory, from, unseen, count));
        }
        for (int panel = 0; panel < panels; panel++) {
          int seen = causal == 0 ? count : causal + firstRow(panel) - from; // by the first query
          int visible = causal == 0 ? count : Math.min(count, seen + width(panel) - 1);
          if (visible > 0) {
            Kernels.PanelKernels code = kernels.panels()[vectors(panel) - 1];
            code.product().call(memory.address() + queries(panel), memory, memory, keys, scores, keyTile, headSize,
                (visible + AttentionCode.TILE - 1) / AttentionCode.TILE, 0);
            (seen < visible ? code.causalSoftmax() : code.softmax()).call(memory.address() + scores, MemorySegment.NULL, MemorySegment.NULL,
                state(panel) - scores, visible, from == 0 ? 1 : 0, seen, 0, 0);
            long factors = state(panel) + 3L * 4 * width(panel);
            code.product().call(memory.address() + scores, memory, memory, values, results(panel), VALUE_TILE, visible, valueTiles,
                from == 0 ? 0 : factors - scores);
          }
        }
      }
      return notFinite;
    }

    /** Whether all results are. */
    private boolean areFinite(MemorySegment memory) {
      float sum = 0;
      for (int panel = 0; panel < panels; panel++) {
        kernels.finite().call(memory.address() + results(panel), MemorySegment.NULL, memory, 0, scores, (long) headSize * vectors(panel), 0,
            0, 0);
        for (int i = 0; i < tier.lanes(); i++) {
          sum += memory.get(FLOAT, scores + 4L * i);
        }
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
    private int clear(MemorySegment memory, int span, int from, int to) {
      int first = Integer.MAX_VALUE;
      for (int position = to - 1; position >= from; position--) {
        for (int d = 0; d < headSize; d++) {
          long at = values + (long) d / AttentionCode.TILE * VALUE_TILE + position * AttentionCode.TILE_ROW + d % AttentionCode.TILE * 4;
          if (!Float.isFinite(memory.get(FLOAT, at))) {
            memory.set(FLOAT, at, 0);
            first = span + position;
          }
        }
      }
      return first;
    }

    /** Positions of a step, whole tiles or whole blocks of a cache: all steps are about as long, but for the last one. */
    private int span() {
      int steps = (n + SPAN - 1) / SPAN;
      int even = (n + steps - 1) / steps;
      int unit = causal == 0 ? AttentionCode.TILE : CpuKvCache.BLOCK;
      return (even + unit - 1) / unit * unit;
    }

    private long queries(int panel) {
      return queries + panel * panelBytes;
    }

    private long state(int panel) {
      return queries(panel) + queryBytes;
    }

    private long results(int panel) {
      return state(panel) + (long) AttentionCode.STATE * Float.BYTES * width(panel);
    }

    private int vectors(int panel) {
      return plan.size(panel % plan.tiles());
    }

    /** Queries of a panel. */
    private int width(int panel) {
      return vectors(panel) * tier.lanes();
    }

    /** Of its head. */
    private int firstRow(int panel) {
      return plan.first(panel % plan.tiles()) * tier.lanes();
    }

    private int count(int panel) {
      return Math.min(width(panel), rows - firstRow(panel));
    }

    /** Floats from the first row of the first head to the panel's. */
    private int place(int panel, int stride) {
      return firstRow(panel) * stride + panel / plan.tiles() * headSize;
    }
  }

  private static long aligned(long bytes) {
    return bytes + LINE - 1 & -LINE;
  }
}
