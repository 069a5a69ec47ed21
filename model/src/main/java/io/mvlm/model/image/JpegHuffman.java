package io.mvlm.model.image;

import io.mvlm.core.InvalidDataException;

/** One Huffman table (ITU-T T.81, annex C): canonical codes of 1 to 16 bits; codes of up to 9 bits are found in one step. */
final class JpegHuffman {
  static final int FAST_BITS = 9;

  /** For every 9 leading bits: {@code length << 8 | symbol}, or 0 for a longer (or unknown) code. */
  final short[] fast = new short[1 << FAST_BITS];

  /** First code that is too large for each length, shifted to 16 bits; {@code limit[17]} ends every search. */
  final int[] limit = new int[18];

  /** What to add to a code of each length to get its symbol's index. */
  final int[] offset = new int[17];
  final byte[] symbols;

  /**
   * @param file holds 16 counts at {@code at}, then the symbols, ordered by code
   */
  JpegHuffman(byte[] file, int at, int end) {
    int total = 0;
    for (int i = 0; i < 16; i++) {
      total += file[at + i] & 0xff;
    }
    if (total > 256 || at + 16 + total > end) {
      throw new InvalidDataException("damaged JPEG: a Huffman table of " + total + " symbols");
    }
    symbols = new byte[total];
    System.arraycopy(file, at + 16, symbols, 0, total);
    int code = 0;
    int index = 0;
    for (int length = 1; length <= 16; length++) {
      int count = file[at + length - 1] & 0xff;
      if (code + count > 1 << length) {
        throw new InvalidDataException("damaged JPEG: a Huffman table with too many codes of " + length + " bits");
      }
      offset[length] = index - code;
      for (int i = 0; i < count; i++, index++, code++) {
        if (length <= FAST_BITS) {
          int from = code << FAST_BITS - length;
          int to = code + 1 << FAST_BITS - length;
          for (int k = from; k < to; k++) {
            fast[k] = (short) (length << 8 | symbols[index] & 0xff);
          }
        }
      }
      limit[length] = code << 16 - length;
      code <<= 1;
    }
    limit[17] = Integer.MAX_VALUE;
  }
}
