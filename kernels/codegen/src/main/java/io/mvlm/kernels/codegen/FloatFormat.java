package io.mvlm.kernels.codegen;

import io.mvlm.core.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

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

  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

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

  float value(MemorySegment group, int column, int lane) {
    long at = (long) column * columnBytes() + lane * size;
    return switch (this) {
      case F32 -> group.get(FLOAT, at);
      case F16 -> Float.float16ToFloat(group.get(SHORT, at));
      case BF16 -> Float.intBitsToFloat(group.get(SHORT, at) << 16);
    };
  }
}
