package io.mvlm.kernels.codegen;

import io.mvlm.core.TensorType;

/**
 * How quantised matrices lie in memory, without loss and in (nearly) the file's bytes: groups of {@link #ROWS} rows, a group after the other,
 * missing rows zero. A group is a sequence of blocks of {@link #COLUMNS} columns, the rows across the 32-bit lanes of vectors of 64 bytes, so
 * that a lane takes four neighbouring columns of one row against four activations that are the same for all rows ({@code vpdpbusd}). A block is
 * <ul>
 * <li>quants, unsigned: below 8 bits, four vectors with columns 4i … 4i+3 in the lower and 16+4i … 16+4i+3 in the upper nibbles of their bytes;
 *     5 bits: behind them one vector whose byte j has in bit i the highest bit of column 4i+j; 6 bits: two vectors, for the first and the last
 *     16 columns, whose byte j has in bits 2i, 2i+1 the two highest bits of column 4i+j; 8 bits: eight vectors, of columns 4i … 4i+3;
 * <li>scales, see {@link Scales}.
 * </ul>
 * Types with super-blocks have something behind every eight blocks as well.
 */
enum BlockFormat {
  Q4_0(TensorType.Q4_0, 4, 8, Scales.HALF),
  Q4_1(TensorType.Q4_1, 4, 0, Scales.HALF_AND_MINIMUM),
  Q5_0(TensorType.Q5_0, 5, 16, Scales.HALF),
  Q5_1(TensorType.Q5_1, 5, 0, Scales.HALF_AND_MINIMUM),
  Q8_0(TensorType.Q8_0, 8, 128, Scales.HALF),
  Q4_K(TensorType.Q4_K, 4, 0, Scales.SUPER_AND_MINIMUM),
  Q5_K(TensorType.Q5_K, 5, 0, Scales.SUPER_AND_MINIMUM),
  Q6_K(TensorType.Q6_K, 6, 32, Scales.SUPER_BY_HALVES);

  /** Rows of a group. */
  static final int ROWS = 16;
  /** Columns of a block. */
  static final int COLUMNS = 32;
  /** Bytes of a vector with a 32-bit lane for each row. */
  static final int VECTOR = 4 * ROWS;

  /** What makes values of the quants: (q − zero)·scale, or q·scale + minimum. One entry for each row throughout. */
  enum Scales {
    /** Behind the quants f16 scales. */
    HALF(32, 0),
    /** Behind the quants f16 scales, then f16 minima. */
    HALF_AND_MINIMUM(64, 0),
    /** Behind the quants bytes sc, then bytes mn; behind eight blocks f16 d, then f16 dmin: scale = d·sc, minimum = −dmin·mn. */
    SUPER_AND_MINIMUM(32, 64),
    /** Behind the quants signed bytes sc of the first, then of the last 16 columns; behind eight blocks f16 d: scale = d·sc. */
    SUPER_BY_HALVES(32, 32);

    final int blockBytes;
    final int superBytes;

    Scales(int blockBytes, int superBytes) {
      this.blockBytes = blockBytes;
      this.superBytes = superBytes;
    }

    boolean hasMinimum() {
      return this == HALF_AND_MINIMUM || this == SUPER_AND_MINIMUM;
    }
  }

  final TensorType type;
  /** Of a quant. */
  final int bits;
  /** The quant that means zero. */
  final int zero;
  final Scales scales;

  BlockFormat(TensorType type, int bits, int zero, Scales scales) {
    this.type = type;
    this.bits = bits;
    this.zero = zero;
    this.scales = scales;
  }

  /** The format for a type, or null if there is none. */
  static BlockFormat of(TensorType type) {
    for (BlockFormat format : values()) {
      if (format.type == type) {
        return format;
      }
    }
    return null;
  }

  /** Bytes of a block's quants: where its scales begin. */
  int quantBytes() {
    return COLUMNS / 8 * bits * ROWS;
  }

  int blockBytes() {
    return quantBytes() + scales.blockBytes;
  }

  boolean hasSuperBlocks() {
    return scales.superBytes > 0;
  }

  /** Blocks that share what stands behind them. */
  int blocksTogether() {
    return hasSuperBlocks() ? 8 : 1;
  }

  /** Bytes of {@link #blocksTogether} blocks and what stands behind them. */
  int stride() {
    return blocksTogether() * blockBytes() + scales.superBytes;
  }

  /** Such sequences in a row of the matrix. */
  int strides(int columns) {
    return columns / (COLUMNS * blocksTogether());
  }

  long groupBytes(int columns) {
    return (long) strides(columns) * stride();
  }
}
