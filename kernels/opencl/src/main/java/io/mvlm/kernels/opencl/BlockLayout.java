package io.mvlm.kernels.opencl;

import io.mvlm.core.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/**
 * How the blocks of a type lie on the device: each field of all blocks in a plane of its own, so that neighbouring work items read
 * neighbouring, aligned words. The bytes are the file's. Blocks of floats are groups of 32; rows are padded with zeros to whole groups.
 */
final class BlockLayout {
  /** Values that a work item takes at once. */
  static final int GROUP = 32;
  /** Planes begin at multiples of this. */
  private static final int ALIGNMENT = 256;

  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final TensorType type;
  private final int blockLength;
  private final List<Field> fields;

  /** Bytes {@code [offset, offset + bytes)} of a block, both even. */
  private record Field(int offset, int bytes) {}

  private BlockLayout(TensorType type, Field... fields) {
    this.type = type;
    this.blockLength = Math.max(GROUP, type.blockLength());
    this.fields = List.of(fields);
  }

  static BlockLayout of(TensorType type) {
    return switch (type) {
      case F32 -> whole(type, 4 * GROUP);
      case F16, BF16 -> whole(type, 2 * GROUP);
      case Q4_0, IQ4_NL -> new BlockLayout(type, new Field(2, 16), new Field(0, 2));
      case Q4_1 -> new BlockLayout(type, new Field(4, 16), new Field(0, 4));
      case Q5_0 -> new BlockLayout(type, new Field(6, 16), new Field(2, 4), new Field(0, 2));
      case Q5_1 -> new BlockLayout(type, new Field(8, 16), new Field(4, 4), new Field(0, 4));
      case Q8_0 -> new BlockLayout(type, new Field(2, 32), new Field(0, 2));
      case Q2_K -> new BlockLayout(type, new Field(16, 64), new Field(0, 16), new Field(80, 4));
      case Q3_K -> new BlockLayout(type, new Field(0, 32), new Field(32, 64), new Field(96, 12), new Field(108, 2));
      case Q4_K, Q5_K -> whole(type, type.blockBytes()); // a multiple of 16 already
      case Q6_K -> new BlockLayout(type, new Field(0, 128), new Field(128, 64), new Field(192, 16), new Field(208, 2));
      case IQ4_XS -> new BlockLayout(type, new Field(8, 128), new Field(0, 8));
    };
  }

  private static BlockLayout whole(TensorType type, int bytes) {
    return new BlockLayout(type, new Field(0, bytes));
  }

  TensorType type() {
    return type;
  }

  /** Whether a row's last group may be filled up with zeros. */
  boolean padsRows() {
    return type.blockLength() == 1;
  }

  /** Whether each group is 32 integers of at most 8 bits times one scale. */
  boolean integers() {
    return switch (type) {
      case Q4_0, Q5_0, Q8_0, IQ4_NL -> true;
      default -> false;
    };
  }

  /** Groups of 32 values in a row. */
  int groups(int columns) {
    return (columns + GROUP - 1) / GROUP;
  }

  private long blocks(long rows, int columns) {
    return rows * ((columns + blockLength - 1) / blockLength);
  }

  /** Offset of each plane, 0 for those that the type lacks, and last the size of all. */
  long[] planes(long rows, int columns) {
    long[] offsets = new long[5];
    long at = 0;
    for (int i = 0; i < fields.size(); i++) {
      offsets[i] = at;
      at += blocks(rows, columns) * fields.get(i).bytes();
      at += -at & ALIGNMENT - 1;
    }
    offsets[4] = at;
    return offsets;
  }

  /** Where bytes of the device's buffer are written to. */
  @FunctionalInterface
  interface Target {
    /** Memory for bytes {@code [offset, offset + bytes)}; valid until the rows at hand are done. */
    MemorySegment at(long offset, long bytes);
  }

  /**
   * Spreads rows over the planes.
   *
   * @param source the rows as the file has them
   * @param first the first of them, counted from the matrix's first
   * @param planes what {@link #planes} gave for the whole matrix
   */
  void spread(MemorySegment source, long first, int rows, int columns, long[] planes, Target target) {
    if (padsRows()) {
      int bytes = fields.getFirst().bytes();
      pad(source, rows, columns, target.at(blocks(first, columns) * bytes, blocks(rows, columns) * bytes));
      return;
    }
    long blocks = blocks(rows, columns);
    for (int i = 0; i < fields.size(); i++) {
      Field field = fields.get(i);
      MemorySegment plane = target.at(planes[i] + blocks(first, columns) * field.bytes(), blocks * field.bytes());
      if (field.bytes() == type.blockBytes()) {
        MemorySegment.copy(source, 0, plane, 0, plane.byteSize());
      } else {
        copy(source, field, type.blockBytes(), blocks, plane);
      }
    }
  }

  private static void copy(MemorySegment source, Field field, int blockBytes, long blocks, MemorySegment plane) {
    long to = 0;
    for (long b = 0; b < blocks; b++) {
      long from = b * blockBytes + field.offset();
      long end = from + field.bytes();
      for (; from + Long.BYTES <= end; from += Long.BYTES, to += Long.BYTES) {
        plane.set(LONG, to, source.get(LONG, from));
      }
      for (; from < end; from += Short.BYTES, to += Short.BYTES) {
        plane.set(SHORT, to, source.get(SHORT, from));
      }
    }
  }

  private void pad(MemorySegment source, int rows, int columns, MemorySegment plane) {
    long rowBytes = type.byteSize(columns);
    if (columns % GROUP == 0) {
      MemorySegment.copy(source, 0, plane, 0, rows * rowBytes);
      return;
    }
    long padded = type.byteSize((long) groups(columns) * GROUP);
    for (int r = 0; r < rows; r++) {
      MemorySegment.copy(source, r * rowBytes, plane, r * padded, rowBytes);
      plane.asSlice(r * padded + rowBytes, padded - rowBytes).fill((byte) 0);
    }
  }

  @Override
  public String toString() {
    return type + " in planes of " + Arrays.toString(fields.stream().mapToInt(Field::bytes).toArray()) + " bytes";
  }
}
