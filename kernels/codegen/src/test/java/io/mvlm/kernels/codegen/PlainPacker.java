package io.mvlm.kernels.codegen;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** What {@link PackCode} does, in plain Java: writes one row of a file into its lane of a group. */
final class PlainPacker {
  private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int NIBBLES = 0x0F0F0F0F;
  private static final int FOUR_BITS = 0x01010101;
  private static final int FOUR_PAIRS = 0x03030303;
  private static final int SIGNS = 0x80808080;

  private PlainPacker() {}

  /**
   * @param file a row of {@code columns} values begins at {@code at}
   * @param group the whole group
   * @param lane row of the group, 0 to 15
   */
  static void pack(BlockFormat format, byte[] file, int at, int columns, byte[] group, int lane) {
    int count = format.strides(columns);
    int to = 0;
    for (int i = 0; i < count; i++, at += format.type.blockBytes(), to += format.stride()) {
      switch (format) {
        case Q4_0 -> {
          copyNibbles(file, at + 2, group, to + 4 * lane);
          copyShort(file, at, group, to + format.quantBytes() + 2 * lane);
        }
        case Q4_1 -> {
          copyNibbles(file, at + 4, group, to + 4 * lane);
          copyScaleAndMinimum(file, at, group, to + format.quantBytes() + 2 * lane);
        }
        case Q5_0 -> {
          copyNibbles(file, at + 6, group, to + 4 * lane);
          put(group, to + 4 * BlockFormat.VECTOR + 4 * lane, plane(word(file, at + 2)));
          copyShort(file, at, group, to + format.quantBytes() + 2 * lane);
        }
        case Q5_1 -> {
          copyNibbles(file, at + 8, group, to + 4 * lane);
          put(group, to + 4 * BlockFormat.VECTOR + 4 * lane, plane(word(file, at + 4)));
          copyScaleAndMinimum(file, at, group, to + format.quantBytes() + 2 * lane);
        }
        case Q8_0 -> {
          for (int w = 0; w < 8; w++) {
            put(group, to + w * BlockFormat.VECTOR + 4 * lane, word(file, at + 2 + 4 * w) ^ SIGNS);
          }
          copyShort(file, at, group, to + format.quantBytes() + 2 * lane);
        }
        case Q4_K, Q5_K -> packK(format, file, at, group, to, lane);
        case Q6_K -> packQ6K(format, file, at, group, to, lane);
      }
    }
  }

  /** As the other, of floats. */
  static void pack(FloatFormat format, byte[] file, int at, int columns, byte[] group, int lane) {
    for (int k = 0; k < columns; k++) {
      System.arraycopy(file, at + format.size * k, group, k * format.columnBytes() + lane * format.size, format.size);
    }
  }

  private static void packK(BlockFormat format, byte[] file, int at, byte[] group, int to, int lane) {
    boolean five = format == BlockFormat.Q5_K;
    int scales = at + 4;
    int high = at + 16;
    int quants = five ? at + 48 : at + 16;
    for (int b = 0; b < 8; b++) {
      int block = to + b * format.blockBytes();
      int chunk = quants + b / 2 * 32;
      int shift = b % 2 * 4;
      for (int w = 0; w < 4; w++) {
        int first = word(file, chunk + 4 * w) >>> shift & NIBBLES;
        int last = word(file, chunk + 16 + 4 * w) >>> shift & NIBBLES;
        put(group, block + w * BlockFormat.VECTOR + 4 * lane, first | last << 4);
      }
      if (five) {
        int plane = 0;
        for (int i = 0; i < 8; i++) {
          plane |= (word(file, high + 4 * i) >>> b & FOUR_BITS) << i;
        }
        put(group, block + 4 * BlockFormat.VECTOR + 4 * lane, plane);
      }
      int target = block + format.quantBytes() + lane;
      group[target] = (byte) (b < 4 ? file[scales + b] & 63 : file[scales + b + 4] & 15 | (file[scales + b - 4] & 0xC0) >> 2);
      group[target + BlockFormat.ROWS] = (byte) (b < 4 ? file[scales + b + 4] & 63
          : (file[scales + b + 4] & 0xFF) >> 4 | (file[scales + b] & 0xC0) >> 2);
    }
    copyScaleAndMinimum(file, at, group, to + 8 * format.blockBytes() + 2 * lane);
  }

  private static void packQ6K(BlockFormat format, byte[] file, int at, byte[] group, int to, int lane) {
    for (int b = 0; b < 8; b++) {
      int block = to + b * format.blockBytes();
      int low = at + b / 4 * 64 + b % 2 * 32;
      int shift = b % 4 / 2 * 4;
      int high = at + 128 + b / 4 * 32;
      for (int w = 0; w < 4; w++) {
        int first = word(file, low + 4 * w) >>> shift & NIBBLES;
        int last = word(file, low + 16 + 4 * w) >>> shift & NIBBLES;
        put(group, block + w * BlockFormat.VECTOR + 4 * lane, first | last << 4);
      }
      for (int half = 0; half < 2; half++) {
        int plane = 0;
        for (int i = 0; i < 4; i++) {
          plane |= (word(file, high + 16 * half + 4 * i) >>> b % 4 * 2 & FOUR_PAIRS) << 2 * i;
        }
        put(group, block + (4 + half) * BlockFormat.VECTOR + 4 * lane, plane);
        group[block + format.quantBytes() + half * BlockFormat.ROWS + lane] = file[at + 192 + 2 * b + half];
      }
    }
    copyShort(file, at + 208, group, to + 8 * format.blockBytes() + 2 * lane);
  }

  /** 16 bytes with columns 0 … 15 in the lower and 16 … 31 in the upper nibbles, as they are. */
  private static void copyNibbles(byte[] file, int at, byte[] group, int to) {
    put(group, to, word(file, at));
    put(group, to + BlockFormat.VECTOR, word(file, at + 4));
    put(group, to + 2 * BlockFormat.VECTOR, word(file, at + 8));
    put(group, to + 3 * BlockFormat.VECTOR, word(file, at + 12));
  }

  private static void copyScaleAndMinimum(byte[] file, int at, byte[] group, int to) {
    copyShort(file, at, group, to);
    copyShort(file, at + 2, group, to + 2 * BlockFormat.ROWS);
  }

  /** Bit 4i + j of a word to bit i of byte j. */
  private static int plane(int bits) {
    return Integer.compress(bits, 0x11111111) | Integer.compress(bits, 0x22222222) << 8 | Integer.compress(bits, 0x44444444) << 16
        | Integer.compress(bits, 0x88888888) << 24;
  }

  private static int word(byte[] file, int at) {
    return (int) INT.get(file, at);
  }

  private static void put(byte[] group, int at, int word) {
    INT.set(group, at, word);
  }

  private static void copyShort(byte[] file, int at, byte[] group, int to) {
    SHORT.set(group, to, (short) SHORT.get(file, at));
  }
}
