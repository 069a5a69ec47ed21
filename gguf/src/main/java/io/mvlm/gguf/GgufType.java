package io.mvlm.gguf;

/** The types of metadata values, with the numbers that files use. */
public enum GgufType {
  UINT8(1),
  INT8(1),
  UINT16(2),
  INT16(2),
  UINT32(4),
  INT32(4),
  FLOAT32(4),
  BOOL(1),
  STRING(8),
  ARRAY(12),
  UINT64(8),
  INT64(8),
  FLOAT64(8);

  private static final GgufType[] BY_ID = values();

  private final int minimumBytes;

  GgufType(int minimumBytes) {
    this.minimumBytes = minimumBytes;
  }

  /** The number by which files name the type. */
  public int id() {
    return ordinal();
  }

  /** Bytes of a value in a file; for strings and arrays, of an empty one. */
  public int minimumBytes() {
    return minimumBytes;
  }

  /** True for the eight types of whole numbers, signed or not. */
  public boolean isInteger() {
    return switch (this) {
      case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64 -> true;
      default -> false;
    };
  }

  /** True for FLOAT32 and FLOAT64. */
  public boolean isFloat() {
    return this == FLOAT32 || this == FLOAT64;
  }

  /** The type with that number, or null. */
  static GgufType ofId(int id) {
    return id >= 0 && id < BY_ID.length ? BY_ID[id] : null;
  }
}
