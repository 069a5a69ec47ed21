package io.mvlm.kernels.vector;

import io.mvlm.core.TensorType;
import io.mvlm.kernels.cpu.LinearInput;

/**
 * How the weights of a quantised type are kept.
 *
 * @param bits of a weight: 4, 5, 6 or 8
 * @param centred whether weights are signed: those of fewer than 8 bits are stored with {@link #zero} added
 * @param units sums of a block that have a scale of their own: 1, or 2 of 16 columns each
 */
record QuantFormat(int bits, boolean centred, Scales scales, int units) {
  /** What follows the quants of a chunk, in words of a row. */
  enum Scales {
    /** w = d·q: f16 scales of two blocks a word. */
    HALVES,
    /** w = d·q + m: f16 scale and f16 addend of a block. */
    WORDS,
    /** w = d·sc·q: signed bytes sc of four units a word, then a 32-bit float d. */
    BYTES,
    /** w = d·sc·q − dmin·mn: bytes sc, mn of two units a word, then 32-bit floats d and dmin. */
    BYTE_PAIRS
  }

  static QuantFormat of(TensorType type) {
    return switch (type) {
      case Q4_0 -> new QuantFormat(4, true, Scales.HALVES, 1);
      case Q4_1 -> new QuantFormat(4, false, Scales.WORDS, 1);
      case Q5_0 -> new QuantFormat(5, true, Scales.HALVES, 1);
      case Q5_1 -> new QuantFormat(5, false, Scales.WORDS, 1);
      case Q8_0, IQ4_NL -> new QuantFormat(8, true, Scales.HALVES, 1);
      case IQ4_XS -> new QuantFormat(8, true, Scales.BYTES, 1);
      case Q4_K -> new QuantFormat(4, false, Scales.BYTE_PAIRS, 1);
      case Q5_K -> new QuantFormat(5, false, Scales.BYTE_PAIRS, 1);
      case Q3_K, Q6_K -> new QuantFormat(6, true, Scales.BYTES, 2);
      case Q2_K -> new QuantFormat(6, false, Scales.BYTE_PAIRS, 2);
      default -> throw new IllegalArgumentException(type.toString());
    };
  }

  /** Vectors of a chunk of so many blocks; super-blocks have eight. */
  int vectors(int blocks) {
    return blocks * bits + switch (scales) {
      case HALVES -> (blocks + 1) / 2;
      case WORDS -> blocks;
      case BYTES -> blocks == 0 ? 0 : blocks * units / 4 + 1;
      case BYTE_PAIRS -> blocks == 0 ? 0 : blocks * units / 2 + 2;
    };
  }

  boolean superBlocks() {
    return scales == Scales.BYTES || scales == Scales.BYTE_PAIRS;
  }

  /** What was added to the weights before they were stored. */
  int zero() {
    return centred && bits < 8 ? 1 << bits - 1 : 0;
  }

  /** What {@link IntegerProducts} takes off each stored weight and should not have. */
  int shift() {
    return centred ? 0 : 1 << bits - 1;
  }

  LinearInput.OwnForm form() {
    return BitFactors.form(bits);
  }
}
