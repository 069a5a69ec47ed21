package io.mvlm.gguf;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * An array of one element type, kept compactly: numbers and booleans as their little-endian bytes, strings as one run of UTF-8 bytes with
 * offsets, nested arrays as a list. Immutable, so vocabularies of 256 thousand entries cost little more than in the file.
 */
public final class GgufArray implements GgufValue {
  private final GgufType elementType;
  private final int length;
  private final byte[] bytes;
  private final int[] offsets;
  private final List<GgufArray> nested;

  private GgufArray(GgufType elementType, int length, byte[] bytes, int[] offsets, List<GgufArray> nested) {
    this.elementType = elementType;
    this.length = length;
    this.bytes = bytes;
    this.offsets = offsets;
    this.nested = nested;
  }

  /** Numbers or booleans from their little-endian bytes, which are not copied. */
  static GgufArray ofBytes(GgufType elementType, byte[] bytes) {
    return new GgufArray(elementType, bytes.length / elementType.minimumBytes(), bytes, null, null);
  }

  /** Strings: string i is {@code bytes[offsets[i] … offsets[i + 1] − 1]}. The arrays are not copied. */
  static GgufArray ofText(byte[] bytes, int[] offsets) {
    return new GgufArray(GgufType.STRING, offsets.length - 1, bytes, offsets, null);
  }

  /** An array of arrays. */
  public static GgufArray ofArrays(List<GgufArray> arrays) {
    return new GgufArray(GgufType.ARRAY, arrays.size(), null, null, List.copyOf(arrays));
  }

  /** Strings. */
  public static GgufArray of(String... values) {
    byte[][] encoded = new byte[values.length][];
    int[] offsets = new int[values.length + 1];
    for (int i = 0; i < values.length; i++) {
      encoded[i] = values[i].getBytes(StandardCharsets.UTF_8);
      offsets[i + 1] = Math.addExact(offsets[i], encoded[i].length);
    }
    byte[] bytes = new byte[offsets[values.length]];
    for (int i = 0; i < values.length; i++) {
      System.arraycopy(encoded[i], 0, bytes, offsets[i], encoded[i].length);
    }
    return ofText(bytes, offsets);
  }

  /** FLOAT32 values. */
  public static GgufArray of(float... values) {
    GgufArray array = ofBytes(GgufType.FLOAT32, new byte[Math.multiplyExact(values.length, 4)]);
    for (int i = 0; i < values.length; i++) {
      array.put(i, Float.floatToRawIntBits(values[i]));
    }
    return array;
  }

  /** FLOAT64 values. */
  public static GgufArray of(double... values) {
    GgufArray array = ofBytes(GgufType.FLOAT64, new byte[Math.multiplyExact(values.length, 8)]);
    for (int i = 0; i < values.length; i++) {
      array.put(i, Double.doubleToRawLongBits(values[i]));
    }
    return array;
  }

  /** Booleans. */
  public static GgufArray of(boolean... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) (values[i] ? 1 : 0);
    }
    return ofBytes(GgufType.BOOL, bytes);
  }

  /**
   * Whole numbers.
   *
   * @param elementType one of the integer types
   * @throws IllegalArgumentException if a number does not fit it
   */
  public static GgufArray of(GgufType elementType, long... values) {
    if (!elementType.isInteger()) {
      throw new IllegalArgumentException(elementType + " is no integer type");
    }
    GgufArray array = ofBytes(elementType, new byte[Math.multiplyExact(values.length, elementType.minimumBytes())]);
    for (int i = 0; i < values.length; i++) {
      array.put(i, new Whole(elementType, values[i]).bits());
    }
    return array;
  }

  private void put(int index, long bits) {
    int size = elementType.minimumBytes();
    for (int i = 0; i < size; i++) {
      bytes[index * size + i] = (byte) (bits >>> 8 * i);
    }
  }

  @Override
  public GgufType type() {
    return GgufType.ARRAY;
  }

  public GgufType elementType() {
    return elementType;
  }

  public int length() {
    return length;
  }

  /** Element {@code index}, wrapped. @throws IndexOutOfBoundsException for an index outside the array */
  public GgufValue get(int index) {
    Objects.checkIndex(index, length);
    return switch (elementType) {
      case STRING -> new Text(text(index));
      case ARRAY -> nested.get(index);
      case BOOL -> new Bool(bytes[index] != 0);
      case FLOAT32, FLOAT64 -> new Real(elementType, real(index));
      default -> new Whole(elementType, whole(index));
    };
  }

  /** Element of a string array. */
  String text(int index) {
    return new String(bytes, offsets[index], offsets[index + 1] - offsets[index], StandardCharsets.UTF_8);
  }

  /** Element of an integer array; the bits of a UINT64. */
  long whole(int index) {
    int size = elementType.minimumBytes();
    long bits = 0;
    for (int i = size - 1; i >= 0; i--) {
      bits = bits << 8 | bytes[index * size + i] & 0xff;
    }
    return switch (elementType) {
      case INT8 -> (byte) bits;
      case INT16 -> (short) bits;
      case INT32 -> (int) bits;
      default -> bits;
    };
  }

  /** Element of a floating-point array. */
  double real(int index) {
    int size = elementType.minimumBytes();
    long bits = 0;
    for (int i = size - 1; i >= 0; i--) {
      bits = bits << 8 | bytes[index * size + i] & 0xff;
    }
    return size == 4 ? Float.intBitsToFloat((int) bits) : Double.longBitsToDouble(bits);
  }

  /** The bytes of element i of a string array run from {@code offset(i)} to {@code offset(i + 1)} in {@link #bytes()}. */
  int offset(int index) {
    return offsets[index];
  }

  /** The bytes of all elements; null for nested arrays. Not to be changed. */
  byte[] bytes() {
    return bytes;
  }

  /** The elements of an array of arrays. */
  List<GgufArray> nested() {
    return nested;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof GgufArray array && elementType == array.elementType && Arrays.equals(bytes, array.bytes)
        && Arrays.equals(offsets, array.offsets) && Objects.equals(nested, array.nested);
  }

  @Override
  public int hashCode() {
    return Objects.hash(elementType, Arrays.hashCode(bytes), Arrays.hashCode(offsets), nested);
  }

  /** The first elements and the length. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("[");
    int shown = Math.min(length, 8);
    for (int i = 0; i < shown; i++) {
      text.append(i == 0 ? "" : ", ").append(get(i));
    }
    return text.append(shown < length ? ", …] (" + length + ")" : "]").toString();
  }
}
