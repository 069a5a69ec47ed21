package io.mvlm.kernels.codegen;

import io.mvlm.kernels.cpu.LinearInput;
import io.mvlm.kernels.cpu.WorkerScratch;
import java.lang.foreign.MemorySegment;

/**
 * Panels of quantised weights as bytes, without loss, for {@link ByteProduct}: what unpacking them costs is paid once for all tokens. A panel is a
 * sequence of blocks of 32 columns; see {@link Layout}.
 */
final class BytePanels extends Panels {
  /** Most tokens of a tile: four accumulators each for two groups, and three registers besides, of 32. */
  static final int MOST_TOKENS = 7;
  /** Fewest of one of at least three: 15 tokens are three tiles. */
  static final int FEWEST_TOKENS = 5;
  /** Vectors of a block's weights, four columns each. */
  static final int VECTORS = BlockFormat.COLUMNS / 4;
  /** The byte that means zero, where a layout has one. */
  static final int ZERO = 128;
  /** Their panels of a slice, 300 to 450 KiB, stay in a second-level cache while tile after tile meets them. */
  private static final int ROWS_TOGETHER = 128;
  /** Multiply-adds of a call: a tenth of a millisecond. */
  private static final int CALL = 1 << 24;
  /** Blocks of a super-block. */
  private static final int SUPER_BLOCKS = 8;
  /** Of a slice of a tile's activations, about: they stay in a first-level cache of 48 KiB, and mostly in one of 32, while panels pass by. */
  private static final int SLICE_BYTES = 28 << 10;

  /**
   * A block: {@link #VECTORS} vectors of unsigned bytes, each with four neighbouring columns of 16 rows, then vectors of floats for the rows.
   */
  enum Layout {
    /** One scale; weights are (byte − 128)·scale. */
    SCALE(1, ZERO),
    /** A scale and a minimum; weights are byte·scale + minimum. */
    SCALE_AND_MINIMUM(2, 0),
    /** Scales of the first and the last 16 columns; weights are (byte − 128)·scale. */
    SCALES_OF_HALVES(2, ZERO);

    private final int factors;
    private final int zero;

    Layout(int factors, int zero) {
      this.factors = factors;
      this.zero = zero;
    }

    static Layout of(BlockFormat format) {
      return switch (format.scales) {
        case HALF -> SCALE;
        case HALF_AND_MINIMUM, SUPER_AND_MINIMUM -> SCALE_AND_MINIMUM;
        case SUPER_BY_HALVES -> SCALES_OF_HALVES;
      };
    }

    /** The byte that means zero. */
    int zero() {
      return zero;
    }

    int blockBytes() {
      return (VECTORS + factors) * BlockFormat.VECTOR;
    }
  }

  private final Layout layout;
  private final TiledInt8.Form form;
  private final Kernel[] products;

  /** @param products for tiles of {@link #FEWEST_TOKENS} … {@link #MOST_TOKENS} tokens */
  BytePanels(Layout layout, TiledInt8.Form form, Kernel[] products) {
    super(ROWS_TOGETHER);
    this.layout = layout;
    this.form = form;
    this.products = products;
  }

  @Override
  TiledInt8.Form form() {
    return form;
  }

  Kernel product(int tokens) {
    return products[tokens - FEWEST_TOKENS];
  }

  @Override
  int unitRows() {
    return PAIR_ROWS;
  }

  @Override
  void multiply(Source matrix, LinearInput.Packed x, int tokens, MemorySegment y, int yOffset, int yStride, int row, int pairs,
      WorkerScratch scratch) {
    TiledInt8 tiles = (TiledInt8) x;
    TilePlan plan = tiles.plan();
    int blocks = matrix.columns() / BlockFormat.COLUMNS;
    int slice = slice(blocks, plan.large());
    MemorySegment panels = scratch.panel(2L * pairs * Math.min(blocks, slice) * layout.blockBytes());
    for (int from = 0; from < blocks; from += slice) {
      int count = Math.min(slice, blocks - from);
      unpack(matrix, row, pairs, from * BlockFormat.COLUMNS, count * BlockFormat.COLUMNS, panels, (long) count * layout.blockBytes());
      int most = Math.max(1, CALL / (pairs * PAIR_ROWS * count * BlockFormat.COLUMNS * plan.large()));
      for (int tile = 0, together; tile < plan.tiles(); tile += together) {
        int size = plan.size(tile);
        together = Math.min(most, plan.alike(tile));
        product(size).call(panels.address(), tiles.segment(), y, tiles.offset(tile) + (long) from * TiledInt8.TOKEN_BLOCK * size,
            4L * (yOffset + (long) plan.first(tile) * yStride), 4L * yStride, count, pairs, together, tiles.restsOffset(tile, from), from, blocks,
            tiles.rests(), MemorySegment.NULL);
      }
    }
  }

  /** Blocks of a slice: each begins with a super-block. */
  private static int slice(int blocks, int tokens) {
    int units = (blocks + SUPER_BLOCKS - 1) / SUPER_BLOCKS;
    return SUPER_BLOCKS * Slices.even(units, SUPER_BLOCKS * TiledInt8.TOKEN_BLOCK * tokens, SLICE_BYTES);
  }
}
