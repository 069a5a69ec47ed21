package io.mvlm.model.tokenizer;

import java.util.Arrays;

/**
 * The printable characters that stand for bytes in the pieces of byte-level BPE (GPT-2): printable Latin-1 characters stand for
 * themselves, the other bytes for U+0100 and up, in order.
 */
final class ByteAlphabet {
  private static final char[] CHARACTERS = new char[256];
  private static final short[] BYTES = new short[0x144];

  static {
    Arrays.fill(BYTES, (short) -1);
    char next = 0x100;
    for (int b = 0; b < 256; b++) {
      boolean printable = b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE;
      CHARACTERS[b] = printable ? (char) b : next++;
      BYTES[CHARACTERS[b]] = (short) b;
    }
  }

  private ByteAlphabet() {}

  /** The character for a byte, 0 to 255; below U+0144, so at most two bytes of UTF-8. */
  static char character(int value) {
    return CHARACTERS[value];
  }

  /** The byte that a character stands for, or −1. */
  static int value(char character) {
    return character < BYTES.length ? BYTES[character] : -1;
  }
}
