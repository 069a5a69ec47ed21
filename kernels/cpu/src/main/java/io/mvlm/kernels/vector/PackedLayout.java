package io.mvlm.kernels.vector;

import java.lang.foreign.MemorySegment;

/**
 * How repacked matrices lie in memory: groups of {@link #ROWS} rows, a group after the other, the rows of a group across the 32-bit lanes of
 * vectors, so that sums, scales and results of a vector belong to different rows and nothing is ever added up across lanes. A vector narrower
 * than 512 bits covers a group in two or four steps. Missing rows of the last group are zero.
 *
 * <p>A group of quantised weights is a sequence of blocks of 32 columns, each of them quants, then scales:
 * <ul>
 * <li>4 bit: four vectors of 64 bytes; of vector i, the 32-bit word of row r holds columns 8i … 8i+7, the even ones as nibbles 0 to 3 of the
 *     lower half, the odd ones as those of the upper half;
 * <li>8 bit: eight vectors of 64 bytes; of vector i, the word of row r holds columns 4i, 4i+2 (bytes 0, 1) and 4i+1, 4i+3 (bytes 2, 3).
 * </ul>
 * So 16-bit lanes meet activations that are stored two to a word, and a word of two activations is broadcast straight from memory.
 * Half-precision matrices hold the sixteen rows of a column together.
 */
final class PackedLayout {
  /** Rows of a group. */
  static final int ROWS = 16;
  /** Bytes of a vector with one 32-bit word for each row of a group. */
  static final int VECTOR = 4 * ROWS;
  /** Columns of a block. */
  static final int BLOCK = 32;
  /** Groups of a panel that is unpacked to floats for products with many tokens. */
  static final int PANEL_GROUPS = 2;
  /** Rows of a panel. */
  static final int PANEL = PANEL_GROUPS * ROWS;

  private final MemorySegment[] groups;
  private final long groupBytes;

  /** @param groups one segment for each group, all of {@code groupBytes} */
  PackedLayout(MemorySegment[] groups, long groupBytes) {
    for (MemorySegment group : groups) {
      Ranges.check(group, 0, groupBytes);
    }
    this.groups = groups;
    this.groupBytes = groupBytes;
  }

  /** @throws IllegalArgumentException if a kernel would read more than a group has */
  void requireGroupBytes(long bytes) {
    if (bytes > groupBytes) {
      throw new IllegalArgumentException("groups of " + groupBytes + " bytes, expected " + bytes);
    }
  }

  MemorySegment group(int index) {
    return groups[index];
  }

  int groups() {
    return groups.length;
  }

  long byteSize() {
    return groupBytes * groups.length;
  }
}
