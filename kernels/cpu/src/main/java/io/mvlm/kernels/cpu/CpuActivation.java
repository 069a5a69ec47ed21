package io.mvlm.kernels.cpu;

import io.mvlm.core.Activation;

/**
 * Row r, column c is {@code data[offset + r·stride + c]}.
 *
 * @param stride distance of two rows: at least {@code columns}, larger for a view of columns, or 0 where one row stands for all
 */
public record CpuActivation(float[] data, int offset, int rows, int columns, int stride) implements Activation {
  /** One row, as often as it is needed. */
  static CpuActivation repeated(float[] data, int offset, int rows, int columns) {
    return new CpuActivation(data, offset, rows, columns, 0);
  }

  /** Where row r begins. */
  public int row(int r) {
    return offset + r * stride;
  }

  /** A view of rows and columns. */
  CpuActivation view(int fromRow, int rowCount, int fromColumn, int columnCount) {
    return new CpuActivation(data, row(fromRow) + fromColumn, rowCount, columnCount, stride);
  }

  /** A view of rows. */
  CpuActivation view(int fromRow, int rowCount) {
    return view(fromRow, rowCount, 0, columns);
  }
}
