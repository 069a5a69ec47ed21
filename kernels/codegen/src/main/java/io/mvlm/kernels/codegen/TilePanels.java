package io.mvlm.kernels.codegen;

import io.mvlm.kernels.cpu.WorkerScratch;
import java.lang.foreign.MemorySegment;

/**
 * The way through a matrix for products of many tokens with {@link TileProduct}, whatever its weights are stored as: slices of rows and columns are
 * split into panels, and all tokens are multiplied with them before the next.
 *
 * @param products for tiles of 1, 2, … tokens
 */
record TilePanels(SplitFloats.Form form, Kernel[] products) {
  /**
   * Rows that are split together. More would mean fewer journeys of the activations through the caches, and fewer pieces of work to share.
   */
  static final int ROWS = 256;
  /**
   * Columns of one part that are split together, half as many of two: 256 KiB of panels, which stay in the second-level cache, of 2 MiB wherever there
   * are tiles, with those columns of many tokens and the sums.
   */
  private static final int SLICE = 512;

  /** A matrix in groups of {@link BlockFormat#ROWS} rows. */
  interface Source {
    int rows();

    int columns();

    /**
     * Writes {@code columns} columns of a group, from {@code from} on, as {@link SplitCode} makes them.
     *
     * @param from a multiple of 256
     * @param offset bytes from the panel's begin
     */
    void split(int group, int from, int columns, MemorySegment panel, long offset);
  }

  /** y[t·yStride + r] = product of token t and row r, for rows {@code [fromRow, toRow)}; y as {@code PackedMatrix} has it. */
  void multiply(Source matrix, SplitFloats x, int tokens, float[] y, int yOffset, int yStride, int fromRow, int toRow, WorkerScratch scratch) {
    for (int row = fromRow; row < toRow; row += ROWS) {
      int rows = Math.min(ROWS, toRow - row);
      int pairs = (rows + TileProduct.ROWS - 1) / TileProduct.ROWS;
      int stride = pairs * TileProduct.ROWS;
      if (rows == stride) {
        multiply(matrix, x, tokens, MemorySegment.ofArray(y), yOffset + row, yStride, row, pairs, scratch);
      } else {
        float[] sums = scratch.floats(0, tokens * stride);
        multiply(matrix, x, tokens, MemorySegment.ofArray(sums), 0, stride, row, pairs, scratch);
        for (int t = 0; t < tokens; t++) {
          System.arraycopy(sums, t * stride, y, yOffset + row + t * yStride, rows);
        }
      }
    }
  }

  /** @param yOffset of the first row, of the first token */
  private void multiply(Source matrix, SplitFloats x, int tokens, MemorySegment y, int yOffset, int yStride, int row, int pairs,
      WorkerScratch scratch) {
    int parts = form.parts();
    int slice = SLICE / parts;
    long sums = 2L * pairs * SplitFloats.blocks(slice) * parts * SplitCode.PART_BYTES;
    MemorySegment panel = scratch.panel(sums + 4L * TileProduct.ROWS * pairs * tokens);
    int last = (matrix.rows() - 1) / BlockFormat.ROWS;
    for (int from = 0; from < matrix.columns(); from += slice) {
      int columns = Math.min(slice, matrix.columns() - from);
      int blocks = SplitFloats.blocks(columns);
      for (int g = 0; g < 2 * pairs; g++) {
        // Past the last group its rows are computed once more and thrown away.
        matrix.split(Math.min(row / BlockFormat.ROWS + g, last), from, columns, panel, (long) g * blocks * parts * SplitCode.PART_BYTES);
      }
      int flags = (from == 0 ? TileProduct.FIRST_SLICE : 0) | (from + columns == matrix.columns() ? TileProduct.LAST_SLICE : 0);
      int whole = tokens / TileProduct.MOST_TOKENS;
      int rest = tokens % TileProduct.MOST_TOKENS;
      int block = from / SplitFloats.COLUMNS;
      if (whole > 0) {
        products[TileProduct.MOST_TOKENS - 1].call(panel.address(), x.segment(), y, (long) block * SplitFloats.blockBytes(TileProduct.MOST_TOKENS, parts),
            4L * yOffset, 4L * yStride, blocks, whole, pairs, x.tileBytes(), sums, flags);
      }
      if (rest > 0) {
        int token = whole * TileProduct.MOST_TOKENS;
        products[rest - 1].call(panel.address(), x.segment(), y, x.offset(whole) + (long) block * SplitFloats.blockBytes(rest, parts),
            4L * (yOffset + (long) token * yStride), 4L * yStride, blocks, 1, pairs, 0, sums + 4L * TileProduct.ROWS * pairs * token, flags);
      }
    }
  }
}
