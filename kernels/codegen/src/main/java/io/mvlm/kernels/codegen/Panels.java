package io.mvlm.kernels.codegen;

import io.mvlm.kernels.cpu.LinearInput;
import io.mvlm.kernels.cpu.WorkerScratch;
import java.lang.foreign.MemorySegment;

/**
 * The way through a matrix for products of many tokens: weights of some rows and columns are unpacked into panels, one for each group of rows,
 * and all tokens are multiplied with them before the next.
 */
abstract class Panels {
  /** Rows of weights that kernels multiply together. */
  static final int PAIR_ROWS = 2 * BlockFormat.ROWS;

  /** A matrix in groups of {@link BlockFormat#ROWS} rows. */
  interface Source {
    int rows();

    int columns();

    /**
     * Unpacks {@code columns} columns of a group, from {@code from} on, as these panels want them.
     *
     * @param from a multiple of 256
     * @param offset bytes from the panel's begin
     */
    void unpack(int group, int from, int columns, MemorySegment panel, long offset);
  }

  private final int rowsTogether;

  /** @param rowsTogether rows that are unpacked together, a multiple of {@link #PAIR_ROWS} */
  Panels(int rowsTogether) {
    this.rowsTogether = rowsTogether;
  }

  /** How activations are wanted. */
  abstract LinearInput.OwnForm form();

  /** Rows of the pieces into which a matrix may be divided. */
  abstract int unitRows();

  /** See {@link io.mvlm.kernels.cpu.PackedMatrix#mostUnits}: those that are unpacked together. */
  final int mostUnits() {
    return rowsTogether / unitRows();
  }

  /** y[t·yStride + r] = product of token t and row r, for rows {@code [fromRow, toRow)}; y as {@code PackedMatrix} has it. */
  final void multiply(Source matrix, LinearInput x, float[] y, int yOffset, int yStride, int fromRow, int toRow, WorkerScratch scratch) {
    int tokens = x.rows();
    LinearInput.Packed packed = x.packed(form());
    for (int row = fromRow; row < toRow; row += rowsTogether) {
      int rows = Math.min(rowsTogether, toRow - row);
      int pairs = (rows + PAIR_ROWS - 1) / PAIR_ROWS;
      int stride = pairs * PAIR_ROWS;
      if (rows == stride) {
        multiply(matrix, packed, tokens, MemorySegment.ofArray(y), yOffset + row, yStride, row, pairs, scratch);
      } else {
        float[] sums = scratch.floats(0, tokens * stride);
        multiply(matrix, packed, tokens, MemorySegment.ofArray(sums), 0, stride, row, pairs, scratch);
        for (int t = 0; t < tokens; t++) {
          System.arraycopy(sums, t * stride, y, yOffset + row + t * yStride, rows);
        }
      }
    }
  }

  /** @param yOffset of the first row, of the first token */
  abstract void multiply(Source matrix, LinearInput.Packed x, int tokens, MemorySegment y, int yOffset, int yStride, int row, int pairs,
      WorkerScratch scratch);

  /** The panels of so many pairs of groups, one behind the other: past the last group its rows are taken once more, for nothing. */
  static void unpack(Source matrix, int row, int pairs, int from, int columns, MemorySegment panels, long panelBytes) {
    int last = (matrix.rows() - 1) / BlockFormat.ROWS;
    for (int g = 0; g < 2 * pairs; g++) {
      matrix.unpack(Math.min(row / BlockFormat.ROWS + g, last), from, columns, panels, g * panelBytes);
    }
  }
}
