package io.mvlm.kernels.cpu;

import java.util.Objects;

/**
 * A matrix {@code [rows, columns]} in the layout that its kernels read. Immutable and thread-safe. Work is divided by units of
 * {@link #unitRows} rows.
 */
public abstract class PackedMatrix {
  private final int rows;
  private final int columns;

  protected PackedMatrix(int rows, int columns) {
    this.rows = rows;
    this.columns = columns;
  }

  public final int rows() {
    return rows;
  }

  public final int columns() {
    return columns;
  }

  public abstract long byteSize();

  /** Rows that are worked on together when {@code tokens} rows of input are multiplied; ranges begin at multiples of it. */
  public abstract int unitRows(int tokens);

  /**
   * Most units that gain from being in one call of {@link #multiply} when {@code tokens} rows of input are multiplied: with more in a piece
   * of work workers would only wait longer for the last one.
   */
  public int mostUnits(int tokens) {
    return Integer.MAX_VALUE;
  }

  /** The form in which {@code multiply} wants {@code tokens} rows of input. */
  public abstract LinearInput.Form inputForm(int tokens);

  /**
   * y[yOffset + t·yStride + r] = x[t]·w[r] for all rows t of x and r in {@code [fromRow, toRow)}.
   *
   * @param fromRow a multiple of {@link #unitRows}; toRow one as well, or the number of rows
   */
  public abstract void multiply(LinearInput x, float[] y, int yOffset, int yStride, int fromRow, int toRow, WorkerScratch scratch);

  /**
   * For kernels that check no ranges themselves, because they are no Java code or were told not to.
   *
   * @throws IndexOutOfBoundsException if a call of {@link #multiply} with these arguments would touch what it should not
   */
  protected final void requireFit(LinearInput x, float[] y, int yOffset, int yStride, int fromRow, int toRow) {
    Objects.checkFromToIndex(fromRow, toRow, rows);
    Objects.checkIndex(x.columns(), columns + 1);
    Objects.checkIndex(columns, x.columns() + 1);
    if (x.rows() > 0) {
      Objects.checkFromIndexSize(yOffset + (long) fromRow, (x.rows() - 1L) * yStride + toRow - fromRow, y.length);
    }
  }

  /** Writes one dequantised row (an embedding) to {@code target[offset …]}. */
  public abstract void readRow(int row, float[] target, int offset, WorkerScratch scratch);
}
