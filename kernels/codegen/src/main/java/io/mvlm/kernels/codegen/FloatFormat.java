package io.mvlm.kernels.codegen;

import io.mvlm.core.TensorType;

/**
 * How matrices of floats lie in memory: groups of {@link BlockFormat#ROWS} rows, missing rows zero; in a group, column after column, the values
 * of its rows as the file has them. Columns are padded with zeros to a multiple of {@link #COLUMNS}.
 */
enum FloatFormat {
  F32(TensorType.F32, 4),
  F16(TensorType.F16, 2),
  BF16(TensorType.BF16, 2);

  /** Columns that loops take together. */
  static final int COLUMNS = 4;

  final TensorType type;
  /** Bytes of a value. */
  final int size;

  FloatFormat(TensorType type, int size) {
    this.type = type;
    this.size = size;
  }

  /** The format for a type, or null if there is none. */
  static FloatFormat of(TensorType type) {
    for (FloatFormat format : values()) {
      if (format.type == type) {
        return format;
      }
    }
    return null;
  }

  static int padded(int columns) {
    return columns + COLUMNS - 1 & -COLUMNS;
  }

  /** Bytes of a column of a group. */
  int columnBytes() {
    return BlockFormat.ROWS * size;
  }

  long groupBytes(int columns) {
    return (long) padded(columns) * columnBytes();
  }

  /** @param group on the heap */
  float value(byte[] group, int column, int lane) {
    int at = column * columnBytes() + lane * size;
    int low = group[at] & 0xFF | (group[at + 1] & 0xFF) << 8;
    return switch (this) {
      case F32 -> Float.intBitsToFloat(low | (group[at + 2] & 0xFF | group[at + 3] << 8) << 16);
      case F16 -> Float.float16ToFloat((short) low);
      case BF16 -> Float.intBitsToFloat(low << 16);
    };
  }
}
