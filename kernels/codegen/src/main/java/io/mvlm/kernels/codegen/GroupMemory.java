package io.mvlm.kernels.codegen;

import io.mvlm.kernels.cpu.CpuKernels;
import io.mvlm.kernels.cpu.RowReader;
import io.mvlm.kernels.cpu.WorkerScratch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A matrix as groups of {@link BlockFormat#ROWS} rows, in pieces of native memory within which group follows group: pieces are large enough for
 * long calls, and small enough that workers share the reading, repacking and zeroing. Immutable once packed.
 */
final class GroupMemory {
  private static final long PIECE_BYTES = 1 << 20;
  /**
   * Of a file that are read at once: a call costs something, and what was read must still be in the second-level cache when it is packed.
   */
  private static final long READ_BYTES = 1 << 18;

  private final MemorySegment[] pieces;
  private final int pieceGroups;
  private final long groupBytes;
  private final int groups;

  private GroupMemory(MemorySegment[] pieces, int pieceGroups, long groupBytes, int groups) {
    this.pieces = pieces;
    this.pieceGroups = pieceGroups;
    this.groupBytes = groupBytes;
    this.groups = groups;
  }

  /**
   * Reads and repacks the rows.
   *
   * @param packer a kernel of {@link PackCode}
   * @param units its parameter p2
   */
  static GroupMemory pack(CpuKernels.PackingContext context, RowReader reader, long groupBytes, Kernel packer, int units) {
    int groups = (reader.rows() + BlockFormat.ROWS - 1) / BlockFormat.ROWS;
    // A multiple of the streams, so that none is left alone at the end of a piece.
    int pieceGroups = (int) Math.max(1, PIECE_BYTES / Math.max(1, groupBytes * QuantProduct.STREAMS)) * QuantProduct.STREAMS;
    long rowsBytes = reader.rowBytes() * BlockFormat.ROWS;
    int readGroups = (int) Math.max(1, READ_BYTES / Math.max(1, rowsBytes));
    MemorySegment[] pieces = new MemorySegment[units == 0 ? 0 : (groups + pieceGroups - 1) / pieceGroups];
    context.workers().forEach(pieces.length, 1, (from, to, worker) -> {
      for (int p = from; p < to; p++) {
        int first = p * pieceGroups;
        int count = Math.min(pieceGroups, groups - first);
        pieces[p] = context.allocate(groupBytes * count);
        for (int g = 0; g < count; g += readGroups) {
          int read = Math.min(readGroups, count - g);
          MemorySegment rows = reader.read((first + g) * BlockFormat.ROWS, read * BlockFormat.ROWS, context.scratch(worker));
          for (int i = 0; i < read; i++) {
            packer.call(rows.address() + i * rowsBytes, MemorySegment.NULL, pieces[p], reader.rowBytes(), (g + i) * groupBytes, units, 0, 0,
                0);
          }
        }
      }
    });
    return new GroupMemory(pieces, pieceGroups, groupBytes, groups);
  }

  long byteSize() {
    return groupBytes * groups;
  }

  /** Where a group begins. */
  long address(int group) {
    return pieces[group / pieceGroups].address() + group % pieceGroups * groupBytes;
  }

  /** Groups from this one on that follow each other, at most {@code most}. */
  int together(int group, int most) {
    return Math.min(most, pieceGroups - group % pieceGroups);
  }

  /**
   * A copy of a group on the heap, to be read in Java: without C2, which a process of generated code has not, each look into a segment is a
   * call.
   */
  byte[] group(int group, WorkerScratch scratch) {
    int length = Math.toIntExact(groupBytes);
    byte[] copy = scratch.bytes(length);
    MemorySegment.copy(pieces[group / pieceGroups], ValueLayout.JAVA_BYTE, group % pieceGroups * groupBytes, copy, 0, length);
    return copy;
  }
}
