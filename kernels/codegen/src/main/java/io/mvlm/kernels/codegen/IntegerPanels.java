package io.mvlm.kernels.codegen;

import io.mvlm.kernels.cpu.LinearInput;
import io.mvlm.kernels.cpu.WorkerScratch;
import java.lang.foreign.MemorySegment;

/**
 * Panels of weights as integers, for a {@link PanelProduct}: what unpacking them costs is paid once for all tokens. A panel is a sequence
 * of {@link Block}s.
 */
final class IntegerPanels extends Panels {
  /** Most tokens of a tile: four accumulators each for two groups, and four registers besides, of 32. */
  static final int MOST_TOKENS = 7;
  /**
   * Rows whose panels of a slice, with full tiles 290 to 460 KiB, with tiles of four tokens up to 860, stay in a second-level cache while tile
   * after tile meets them.
   */
  private static final int ROWS_TOGETHER = 128;
  /** Columns of which slices have a multiple: those of a super-block. */
  private static final int SLICE_COLUMNS = 256;
  /** Of a slice of a tile's activations: they stay in a first-level cache of 48 KiB, and mostly in one of 32, while panels pass by. */
  private static final int SLICE_BYTES = 28 << 10;

  /**
   * Some columns with scales of their own.
   *
   * @param columns a divisor of 256
   * @param panelBytes what 16 rows of it take in a panel
   * @param tokenBytes what it takes in a tile, for each token
   */
  record Block(int columns, int panelBytes, int tokenBytes) {}

  /** Activations as integers, in tiles of tokens, of which each is a sequence of blocks. */
  interface Tiles extends LinearInput.Packed {
    TilePlan plan();

    MemorySegment segment();

    /** Where a tile begins, in bytes. */
    long offset(int tile);

    /** Where what blocks lost stands, see {@link TiledInt8#rests}; {@code NULL} if it is not kept. */
    default MemorySegment rests() {
      return MemorySegment.NULL;
    }

    /** Where in {@link #rests} the words of a block stand, in bytes. */
    default long restsOffset(int tile, int block) {
      return 0;
    }
  }

  private final Block block;
  private final LinearInput.OwnForm form;
  private final Kernel[] products;

  /**
   * @param form whose activations are {@link Tiles} of at most {@link #MOST_TOKENS} tokens
   * @param products for tiles of n, n + 1, … {@link #MOST_TOKENS} tokens, n being the fewest that a plan can give
   */
  IntegerPanels(Block block, LinearInput.OwnForm form, Kernel[] products) {
    super(ROWS_TOGETHER);
    this.block = block;
    this.form = form;
    this.products = products;
  }

  @Override
  LinearInput.OwnForm form() {
    return form;
  }

  Kernel product(int tokens) {
    return products[products.length - 1 - MOST_TOKENS + tokens];
  }

  @Override
  int unitRows() {
    return PAIR_ROWS;
  }

  @Override
  void multiply(Source matrix, LinearInput.Packed x, int tokens, MemorySegment y, int yOffset, int yStride, int row, int pairs,
      WorkerScratch scratch) {
    Tiles tiles = (Tiles) x;
    TilePlan plan = tiles.plan();
    int blocks = (matrix.columns() + block.columns - 1) / block.columns;
    int slice = slice(matrix.columns(), plan.large()) / block.columns;
    MemorySegment panels = scratch.panel(2L * pairs * Math.min(blocks, slice) * block.panelBytes);
    for (int from = 0; from < blocks; from += slice) {
      int sliceBlocks = Math.min(slice, blocks - from);
      int column = from * block.columns;
      int columns = Math.min(sliceBlocks * block.columns, matrix.columns() - column);
      unpack(matrix, row, pairs, column, columns, panels, (long) sliceBlocks * block.panelBytes);
      int most = Math.max(1, Kernel.MULTIPLY_ADDS / (pairs * PAIR_ROWS * sliceBlocks * block.columns * plan.large()));
      for (int tile = 0, count; tile < plan.tiles(); tile += count) {
        int size = plan.size(tile);
        count = Math.min(most, plan.alike(tile));
        product(size).call(panels.address(), tiles.segment(), y, tiles.offset(tile) + (long) from * block.tokenBytes * size,
            4L * (yOffset + (long) plan.first(tile) * yStride), 4L * yStride, sliceBlocks, pairs, count,
            tiles.restsOffset(tile, from), from, blocks, tiles.rests(), MemorySegment.NULL);
      }
    }
  }

  /** Columns of a slice. */
  private int slice(int columns, int tokens) {
    int units = (columns + SLICE_COLUMNS - 1) / SLICE_COLUMNS;
    return SLICE_COLUMNS * Slices.even(units, SLICE_COLUMNS / block.columns * block.tokenBytes * tokens, SLICE_BYTES);
  }
}
