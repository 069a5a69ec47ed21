package io.mvlm.kernels.vector;

import io.mvlm.core.TensorType;

/** Translates blocks and super-blocks of a file to the chunks of {@link PackedLayout}, one row at a time. */
final class ChunkPacker {
  private static final int ROWS = PackedLayout.ROWS;

  private ChunkPacker() {}

  /** @param word the row's first word of the chunk, others are 16 words apart */
  static void pack(TensorType type, QuantFormat format, byte[] file, int at, int blocks, int[] words, int word) {
    int scales = word + blocks * format.bits() * ROWS;
    switch (type) {
      case Q4_0 -> {
        for (int b = 0; b < blocks; b++, at += 18) {
          nibbles(file, at + 2, words, word + 4 * b * ROWS);
          half(QuantReader.half(file, at), words, scales, b);
        }
      }
      case Q4_1 -> {
        for (int b = 0; b < blocks; b++, at += 20) {
          nibbles(file, at + 4, words, word + 4 * b * ROWS);
          words[scales + b * ROWS] = QuantReader.word(file, at);
        }
      }
      case Q4_K -> q4k(file, at, words, word, scales);
      default -> {
        if (format.superBlocks()) {
          superBlock(type, format, file, at, words, word, scales);
        } else {
          blocks(type, format, file, at, blocks, words, word, scales);
        }
      }
    }
  }

  private static void q4k(byte[] file, int at, int[] words, int word, int scales) {
    for (int j = 0; j < 4; j++) {
      for (int i = 0; i < 4; i++) {
        long eight = QuantReader.doubleWord(file, at + 16 + 32 * j + 8 * i);
        words[word + (8 * j + i) * ROWS] = nibbles(eight);
        words[word + (8 * j + 4 + i) * ROWS] = nibbles(eight >>> 4);
      }
      words[scales + j * ROWS] = QuantReader.scale(file, at + 4, 2 * j) | QuantReader.minimum(file, at + 4, 2 * j) << 8
          | QuantReader.scale(file, at + 4, 2 * j + 1) << 16 | QuantReader.minimum(file, at + 4, 2 * j + 1) << 24;
    }
    Packer.packFactors(QuantReader.word(file, at), words, scales + 4 * ROWS);
  }

  /** 16 bytes with columns 0 … 15 in the lower and 16 … 31 in the upper nibbles. */
  private static void nibbles(byte[] file, int at, int[] words, int word) {
    long first = QuantReader.doubleWord(file, at);
    long second = QuantReader.doubleWord(file, at + 8);
    words[word] = nibbles(first);
    words[word + ROWS] = nibbles(second);
    words[word + 2 * ROWS] = nibbles(first >>> 4);
    words[word + 3 * ROWS] = nibbles(second >>> 4);
  }

  /** The lower nibbles of eight bytes: those of bytes 0, 2, 4, 6 to the lower half of a word, the others to the upper. */
  private static int nibbles(long eight) {
    return fourNibbles(eight) | fourNibbles(eight >>> 8) << 16;
  }

  private static int fourNibbles(long eight) {
    long x = eight & 0x000f000f000f000fL;
    x = (x | x >>> 12) & 0x000000ff000000ffL;
    return (int) (x | x >>> 24) & 0xffff;
  }

  private static void blocks(TensorType type, QuantFormat format, byte[] file, int at, int blocks, int[] words, int word, int scales) {
    byte[] quants = new byte[32];
    for (int b = 0; b < blocks; b++, at += type.blockBytes()) {
      int factors = QuantReader.block(type, file, at, quants);
      quants(format, quants, 0, words, word + b * format.bits() * ROWS);
      if (format.scales() == QuantFormat.Scales.HALVES) {
        half(factors, words, scales, b);
      } else {
        words[scales + b * ROWS] = factors;
      }
    }
  }

  /** Two blocks share a word: the first one overwrites what the group before left there. */
  private static void half(int bits, int[] words, int scales, int block) {
    int at = scales + block / 2 * ROWS;
    words[at] = block % 2 == 0 ? bits & 0xffff : words[at] | bits << 16;
  }

  private static void superBlock(TensorType type, QuantFormat format, byte[] file, int at, int[] words, int word, int scales) {
    byte[] quants = new byte[256];
    byte[] bytes = new byte[32];
    int factors = QuantReader.superBlock(type, file, at, quants, bytes);
    for (int b = 0; b < 8; b++) {
      quants(format, quants, 32 * b, words, word + b * format.bits() * ROWS);
    }
    int step = 2 / format.units(); // the reader has a scale for each 16 columns
    if (format.scales() == QuantFormat.Scales.BYTES) {
      for (int i = 0; i < 2 * format.units(); i++) {
        words[scales + i * ROWS] = bytes[4 * i * step] & 0xff | (bytes[(4 * i + 1) * step] & 0xff) << 8
            | (bytes[(4 * i + 2) * step] & 0xff) << 16 | bytes[(4 * i + 3) * step] << 24;
      }
      words[scales + 2 * format.units() * ROWS] = Packer.factor(factors);
    } else {
      for (int i = 0; i < 4 * format.units(); i++) {
        words[scales + i * ROWS] = bytes[2 * i * step] & 0xff | (bytes[16 + 2 * i * step] & 0xff) << 8
            | (bytes[(2 * i + 1) * step] & 0xff) << 16 | bytes[16 + (2 * i + 1) * step] << 24;
      }
      Packer.packFactors(factors, words, scales + 4 * format.units() * ROWS);
    }
  }

  /** A block: the strings of bits of its even and of its odd columns, sixteen bits of each a word. */
  private static void quants(QuantFormat format, byte[] quants, int at, int[] words, int word) {
    if (format.bits() == 8) {
      for (int i = 0; i < 32; i += 4, word += ROWS) {
        words[word] = quants[at + i] + (quants[at + i + 2] << 8) & 0xffff | quants[at + i + 1] + (quants[at + i + 3] << 8) << 16;
      }
      return;
    }
    int even = 0;
    int odd = 0;
    int held = 0;
    for (int k = 0; k < 32; k += 2) {
      even |= quants[at + k] + format.zero() << held;
      odd |= quants[at + k + 1] + format.zero() << held;
      held += format.bits();
      if (held >= 16) {
        words[word] = even & 0xffff | odd << 16;
        word += ROWS;
        even >>>= 16;
        odd >>>= 16;
        held -= 16;
      }
    }
  }
}
