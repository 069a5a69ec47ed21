package io.mvlm.core;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The byte order of every block format, at any address. */
final class LittleEndian {
  static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private LittleEndian() {}

  /** A byte, 0 to 255. */
  static int u8(MemorySegment s, long offset) {
    return s.get(BYTE, offset) & 0xff;
  }

  /** A byte, −128 to 127. */
  static int i8(MemorySegment s, long offset) {
    return s.get(BYTE, offset);
  }

  static int u16(MemorySegment s, long offset) {
    return s.get(SHORT, offset) & 0xffff;
  }

  static int i32(MemorySegment s, long offset) {
    return s.get(INT, offset);
  }

  /** An IEEE 754 binary16 number. */
  static float f16(MemorySegment s, long offset) {
    return Float.float16ToFloat(s.get(SHORT, offset));
  }

  static void putByte(MemorySegment s, long offset, int value) {
    s.set(BYTE, offset, (byte) value);
  }

  static void putShort(MemorySegment s, long offset, int value) {
    s.set(SHORT, offset, (short) value);
  }

  static void putInt(MemorySegment s, long offset, int value) {
    s.set(INT, offset, value);
  }

  /** Stores {@code value} rounded to binary16 and returns what was stored. */
  static float putF16(MemorySegment s, long offset, float value) {
    short half = Float.floatToFloat16(value);
    s.set(SHORT, offset, half);
    return Float.float16ToFloat(half);
  }
}
