package io.mvlm.model.image;

import io.mvlm.core.InvalidDataException;

/**
 * The entropy-coded bits of a JPEG scan, most significant first: a zero byte after 0xff is stuffing and is skipped; at a marker or the
 * file's end zeros follow, and {@link #overrun} tells whether any of them were used.
 */
final class JpegBits {
  private final byte[] file;
  private final int end;
  private int at;

  /** Bits read from the file and not used yet, in the low {@code held} bits. */
  private long buffer;
  private int held;

  /** How many of the held bits are zeros that stand for missing data. */
  private int padding;

  JpegBits(byte[] file, int at, int end) {
    this.file = file;
    this.at = at;
    this.end = end;
  }

  private void fill() {
    while (held <= 48) {
      int value = 0;
      if (at < end && padding == 0) {
        value = file[at] & 0xff;
        if (value != 0xff) {
          at++;
        } else if (at + 1 < end && file[at + 1] == 0) {
          at += 2;
        } else {
          value = 0;
          padding += 8;
        }
      } else {
        padding += 8;
      }
      buffer = buffer << 8 | value;
      held += 8;
    }
  }

  /** Whether bits were used that are not in the file. */
  boolean overrun() {
    return held < padding;
  }

  /** The next symbol of a table. */
  int symbol(JpegHuffman table) {
    if (held < 16) {
      fill();
    }
    int fast = table.fast[(int) (buffer >>> held - JpegHuffman.FAST_BITS) & (1 << JpegHuffman.FAST_BITS) - 1];
    if (fast != 0) {
      held -= fast >> 8;
      return fast & 0xff;
    }
    int ahead = (int) (buffer >>> held - 16) & 0xffff;
    int length = 1;
    while (ahead >= table.limit[length]) {
      length++;
    }
    if (length > 16) {
      throw padding > 0 ? JpegDecoder.truncated() : new InvalidDataException("damaged JPEG: an unknown Huffman code");
    }
    held -= length;
    return table.symbols[(ahead >> 16 - length) + table.offset[length]] & 0xff;
  }

  /** The next 0 to 16 bits as an unsigned number. */
  int bits(int count) {
    if (held < count) {
      fill();
    }
    held -= count;
    return (int) (buffer >>> held) & (1 << count) - 1;
  }

  /** A coefficient of a category: 0, or a number whose magnitude has exactly {@code category} bits, of either sign. */
  int signed(int category) {
    if (category == 0) {
      return 0;
    }
    int value = bits(category);
    return value < 1 << category - 1 ? value - (1 << category) + 1 : value;
  }

  /** Drops what is left of the bits and steps over the restart marker that must follow. */
  void restart(int number) {
    align();
    if (at + 1 >= end) {
      throw JpegDecoder.truncated();
    }
    if ((file[at + 1] & 0xff) != 0xd0 + number) {
      throw new InvalidDataException("damaged JPEG: marker ff" + Integer.toHexString(file[at + 1] & 0xff) + " at byte " + at
          + ", expected restart marker ffd" + number);
    }
    at += 2;
  }

  /** Where the next marker starts, after the entropy-coded data. */
  int align() {
    // Reading ahead never passes a marker, so the next one lies here or after data that the scan left unused.
    while (at < end && !(file[at] == (byte) 0xff && (at + 1 >= end || file[at + 1] != 0 && file[at + 1] != (byte) 0xff))) {
      at++;
    }
    buffer = 0;
    held = 0;
    padding = 0;
    return at;
  }
}
