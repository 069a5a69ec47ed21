package io.mvlm.kernels.vector;

import java.lang.foreign.MemorySegment;

/**
 * How repacked matrices lie in memory: groups of {@link #ROWS} rows, the rows of a group across the 32-bit lanes of vectors, so that sums,
 * scales and results of a vector belong to different rows and nothing is ever added up across lanes. A vector narrower than 512 bits covers
 * a group in two or four steps. Missing rows of the last group are zero.
 *
 * <p>The groups of a segment are dealt out to {@link #STREAMS} streams, which a product with few tokens reads side by side. A processor
 * foresees reads within a page only, and waits at the beginning of each; streams that begin at about the same place of a page let it wait for
 * all at once.
 *
 * <p>A group of quantised weights is a sequence of chunks of 256 columns (the last one may have fewer), each of them quants, then scales,
 * and all in whole vectors of 64 bytes, so that none crosses a line of the cache. A block of 32 columns has as many vectors of quants as a
 * weight has bits; the 16-bit lane 2r holds the even columns of row r as a string of bits, the lane 2r + 1 the odd ones, the lowest bits of
 * the first vector first. So 16-bit lanes meet activations that are stored two to a word.
 *
 * <p>A word of a half-precision matrix holds two neighbouring columns of a row, see {@link HalfMatrix}.
 */
final class PackedLayout {
  /** Rows of a group. */
  static final int ROWS = 16;
  /** Bytes of a vector with one 32-bit word for each row of a group. */
  static final int VECTOR = 4 * ROWS;
  /** Columns of a block. */
  static final int BLOCK = 32;
  /** Rows that a product with few tokens works on together: four vectors, of a quarter of a group to four groups. */
  static final int BUNDLE = 4 * Lanes.LANES;
  /** Streams of groups: one for each group of a bundle. */
  static final int STREAMS = Math.max(1, BUNDLE / ROWS);
  private static final int PAGE = 4096;
  /** What a stream is behind another within a page, so that they do not compete for one set of the first-level cache. */
  private static final int STAGGER = 64;
  /** Groups of a panel that is unpacked to floats for products with many tokens. */
  static final int PANEL_GROUPS = 2;
  /** Rows of a panel. */
  static final int PANEL = PANEL_GROUPS * ROWS;

  private final MemorySegment[] segments;
  private final int segmentGroups;
  private final int groups;
  private final long groupBytes;

  /**
   * @param segments hold {@code segmentGroups} groups each, the last one what is left of {@code groups}
   * @param segmentGroups a number of whole bundles and of whole panels
   */
  PackedLayout(MemorySegment[] segments, int segmentGroups, int groups, long groupBytes) {
    for (int i = 0; i < segments.length; i++) {
      Ranges.check(segments[i], 0, segmentBytes(Math.min(segmentGroups, groups - i * segmentGroups), groupBytes));
    }
    this.segments = segments;
    this.segmentGroups = segmentGroups;
    this.groups = groups;
    this.groupBytes = groupBytes;
  }

  /** Bytes of a segment of so many groups. */
  static long segmentBytes(int groups, long groupBytes) {
    return Math.min(groups, STREAMS) * streamBytes(groups, groupBytes);
  }

  /** First byte of a group in a segment of so many. */
  static long offset(int group, int groups, long groupBytes) {
    return group % STREAMS * streamBytes(groups, groupBytes) + group / STREAMS * groupBytes;
  }

  private static long streamBytes(int groups, long groupBytes) {
    long bytes = (long) (groups + STREAMS - 1) / STREAMS * groupBytes;
    return bytes + (-bytes & PAGE - 1) + STAGGER;
  }

  /** @throws IllegalArgumentException if a kernel would read more than a group has */
  void requireGroupBytes(long bytes) {
    if (bytes > groupBytes) {
      throw new IllegalArgumentException("groups of " + groupBytes + " bytes, expected " + bytes);
    }
  }

  /** Where the group is. All groups of a bundle are in one segment. */
  MemorySegment segment(int group) {
    return segments[group / segmentGroups];
  }

  /** First byte of the group in its segment. */
  long offset(int group) {
    int within = group % segmentGroups;
    return offset(within, Math.min(segmentGroups, groups - group + within), groupBytes);
  }

  /**
   * First byte of the group of a row in the segment of its bundle. Past the last group it is that of the last one, whose rows are computed
   * once more and thrown away.
   */
  long offsetOfRow(int row) {
    return offset(Math.min(row / ROWS, groups - 1));
  }

  int groups() {
    return groups;
  }

  long byteSize() {
    return groupBytes * groups;
  }
}
