package io.mvlm.kernels.codegen;

import io.mvlm.kernels.cpu.LinearInput;
import io.mvlm.kernels.cpu.WorkerScratch;
import java.lang.foreign.MemorySegment;

/**
 * Panels of bfloat16, alone or in pairs, for {@link TileProduct}, whatever weights are stored as; {@link SplitCode} makes them.
 */
final class TilePanels extends Panels {
  /**
   * Rows that are split together. More would mean fewer journeys of the activations through the caches, and fewer pieces of work to share.
   */
  private static final int ROWS = 256;
  /**
   * Columns of one part that are split together, half as many of two: 256 KiB of panels, which stay in the second-level cache, of 2 MiB wherever there
   * are tiles, with those columns of many tokens and the sums.
   */
  private static final int SLICE = 512;

  private final SplitFloats.Form form;
  private final Kernel[] products;

  /** @param products for tiles of 1, 2, … tokens */
  TilePanels(SplitFloats.Form form, Kernel[] products) {
    super(ROWS);
    this.form = form;
    this.products = products;
  }

  @Override
  SplitFloats.Form form() {
    return form;
  }

  Kernel product(int tokens) {
    return products[tokens - 1];
  }

  @Override
  int unitRows() {
    return ROWS;
  }

  @Override
  void multiply(Source matrix, LinearInput.Packed packed, int tokens, MemorySegment y, int yOffset, int yStride, int row, int pairs,
      WorkerScratch scratch) {
    SplitFloats x = (SplitFloats) packed;
    int parts = form.parts();
    int slice = SLICE / parts;
    long sums = 2L * pairs * SplitFloats.blocks(slice) * parts * SplitCode.PART_BYTES;
    MemorySegment panel = scratch.panel(sums + 4L * PAIR_ROWS * pairs * tokens);
    for (int from = 0; from < matrix.columns(); from += slice) {
      int columns = Math.min(slice, matrix.columns() - from);
      int blocks = SplitFloats.blocks(columns);
      unpack(matrix, row, pairs, from, columns, panel, (long) blocks * parts * SplitCode.PART_BYTES);
      int flags = (from == 0 ? TileProduct.FIRST_SLICE : 0) | (from + columns == matrix.columns() ? TileProduct.LAST_SLICE : 0);
      int whole = tokens / TileProduct.MOST_TOKENS;
      int rest = tokens % TileProduct.MOST_TOKENS;
      int block = from / SplitFloats.COLUMNS;
      if (whole > 0) {
        product(TileProduct.MOST_TOKENS).call(panel.address(), x.segment(), y, (long) block * SplitFloats.blockBytes(TileProduct.MOST_TOKENS, parts),
            4L * yOffset, 4L * yStride, blocks, whole, pairs, x.tileBytes(), sums, flags);
      }
      if (rest > 0) {
        int token = whole * TileProduct.MOST_TOKENS;
        product(rest).call(panel.address(), x.segment(), y, x.offset(whole) + (long) block * SplitFloats.blockBytes(rest, parts),
            4L * (yOffset + (long) token * yStride), 4L * yStride, blocks, 1, pairs, 0, sums + 4L * PAIR_ROWS * pairs * token, flags);
      }
    }
  }
}
