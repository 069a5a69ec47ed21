package io.mvlm.kernels.vector;

import io.mvlm.core.TensorType;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Takes blocks of quantised formats apart into small integers and scales, without loss: the first half of repacking. Values of a super-block
 * (256 columns) are {@code d·sc·q − dmin·mn}, with sc and mn for each 16 columns; those of a block (32 columns) are {@code d·q + m}. The block
 * formats are described with their codecs in {@code io.mvlm.core}.
 */
final class QuantReader {
  private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  /** The sixteen levels of the non-linear 4-bit types. */
  private static final byte[] LEVELS = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

  private QuantReader() {}

  static int half(byte[] file, int at) {
    return (short) SHORT.get(file, at) & 0xffff;
  }

  static int word(byte[] file, int at) {
    return (int) INT.get(file, at);
  }

  static long doubleWord(byte[] file, int at) {
    return (long) LONG.get(file, at);
  }

  /** The 6-bit scale of block j (0 … 7) of a Q4_K or Q5_K super-block whose 12 bytes of scales begin at {@code at}. */
  static int scale(byte[] file, int at, int j) {
    return j < 4 ? file[at + j] & 63 : file[at + j + 4] & 15 | (file[at + j - 4] & 0xc0) >> 2;
  }

  /** The 6-bit minimum of block j; see {@link #scale}. */
  static int minimum(byte[] file, int at, int j) {
    return j < 4 ? file[at + j + 4] & 63 : (file[at + j + 4] & 0xff) >> 4 | (file[at + j] & 0xc0) >> 2;
  }

  /**
   * The integers of one block of 32 with scale {@code d} and addend {@code m}.
   *
   * @return d in the lower, m in the upper half (as f16)
   */
  static int block(TensorType type, byte[] file, int at, byte[] quants) {
    switch (type) {
      case Q8_0 -> System.arraycopy(file, at + 2, quants, 0, 32);
      case Q5_0 -> {
        fiveBits(word(file, at + 2), file, at + 6, quants);
        for (int k = 0; k < 32; k++) {
          quants[k] -= 16;
        }
      }
      case Q5_1 -> fiveBits(word(file, at + 4), file, at + 8, quants);
      case IQ4_NL -> {
        for (int k = 0; k < 16; k++) {
          quants[k] = LEVELS[file[at + 2 + k] & 15];
          quants[k + 16] = LEVELS[file[at + 2 + k] >> 4 & 15];
        }
      }
      default -> throw new IllegalArgumentException(type.toString());
    }
    return half(file, at) | (type == TensorType.Q5_1 ? half(file, at + 2) << 16 : 0);
  }

  private static void fiveBits(int high, byte[] file, int at, byte[] quants) {
    for (int k = 0; k < 16; k++) {
      quants[k] = (byte) (file[at + k] & 15 | (high >> k & 1) << 4);
      quants[k + 16] = (byte) (file[at + k] >> 4 & 15 | (high >> k + 16 & 1) << 4);
    }
  }

  /**
   * The integers of one super-block of 256.
   *
   * @param scales sc (0 … 15) and mn (16 … 31) of each 16 columns
   * @return d in the lower, dmin in the upper half (as f16)
   */
  static int superBlock(TensorType type, byte[] file, int at, byte[] quants, byte[] scales) {
    return switch (type) {
      case Q2_K -> q2k(file, at, quants, scales);
      case Q3_K -> q3k(file, at, quants, scales);
      case Q5_K -> q5k(file, at, quants, scales);
      case Q6_K -> q6k(file, at, quants, scales);
      case IQ4_XS -> iq4xs(file, at, quants, scales);
      default -> throw new IllegalArgumentException(type.toString());
    };
  }

  private static int q2k(byte[] file, int at, byte[] quants, byte[] scales) {
    for (int j = 0; j < 16; j++) {
      scales[j] = (byte) (file[at + j] & 15);
      scales[j + 16] = (byte) (file[at + j] >> 4 & 15);
    }
    for (int k = 0; k < 256; k++) {
      quants[k] = (byte) (file[at + 16 + k / 128 * 32 + k % 32] >> k % 128 / 32 * 2 & 3);
    }
    return word(file, at + 80);
  }

  private static int q3k(byte[] file, int at, byte[] quants, byte[] scales) {
    for (int j = 0; j < 16; j++) {
      int low = file[at + 96 + j % 8] >> j / 8 * 4 & 15;
      int high = file[at + 104 + j % 4] >> j / 4 * 2 & 3;
      scales[j] = (byte) ((low | high << 4) - 32);
      scales[j + 16] = 0;
    }
    for (int k = 0; k < 256; k++) {
      int low = file[at + 32 + k / 128 * 32 + k % 32] >> k % 128 / 32 * 2 & 3;
      quants[k] = (byte) (low - ((file[at + k % 32] >> k / 32 & 1) == 0 ? 4 : 0));
    }
    return half(file, at + 108);
  }

  private static int q5k(byte[] file, int at, byte[] quants, byte[] scales) {
    for (int j = 0; j < 16; j++) {
      scales[j] = (byte) scale(file, at + 4, j / 2);
      scales[j + 16] = (byte) minimum(file, at + 4, j / 2);
    }
    for (int k = 0; k < 256; k++) {
      int low = file[at + 48 + k / 64 * 32 + k % 32] >> k % 64 / 32 * 4 & 15;
      quants[k] = (byte) (low | (file[at + 16 + k % 32] >> k / 32 & 1) << 4);
    }
    return word(file, at);
  }

  private static int q6k(byte[] file, int at, byte[] quants, byte[] scales) {
    for (int j = 0; j < 16; j++) {
      scales[j] = file[at + 192 + j];
      scales[j + 16] = 0;
    }
    for (int k = 0; k < 256; k++) {
      int half = k / 128;
      int quarter = k % 128 / 32;
      int low = file[at + half * 64 + quarter % 2 * 32 + k % 32] >> quarter / 2 * 4 & 15;
      int high = file[at + 128 + half * 32 + k % 32] >> quarter * 2 & 3;
      quants[k] = (byte) ((low | high << 4) - 32);
    }
    return half(file, at + 208);
  }

  private static int iq4xs(byte[] file, int at, byte[] quants, byte[] scales) {
    int high = half(file, at + 2);
    for (int j = 0; j < 16; j++) {
      int block = j / 2;
      int low = file[at + 4 + block / 2] >> block % 2 * 4 & 15;
      scales[j] = (byte) ((low | (high >> 2 * block & 3) << 4) - 32);
      scales[j + 16] = 0;
    }
    for (int k = 0; k < 256; k++) {
      quants[k] = LEVELS[file[at + 8 + k / 32 * 16 + k % 16] >> k % 32 / 16 * 4 & 15];
    }
    return half(file, at);
  }
}
