package io.mvlm.kernels.codegen;

import io.mvlm.kernels.cpu.CpuKernels;
import io.mvlm.kernels.cpu.RowReader;
import io.mvlm.kernels.cpu.WorkerScratch;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A matrix as groups of {@link BlockFormat#ROWS} rows, in pieces of native memory within which group follows group: pieces are large enough for
 * long calls, and small enough that workers share the reading, repacking and zeroing. Immutable once packed.
 */
final class GroupMemory {
  private static final long PIECE_BYTES = 1 << 20;

  /** Translates one row of file bytes. Thread-safe. */
  interface RowPacker {
    /** @param lane the row of the group that is written */
    void pack(byte[] file, int at, byte[] group, int lane);
  }

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

  static GroupMemory pack(CpuKernels.PackingContext context, RowReader reader, long groupBytes, RowPacker packer) {
    int rowBytes = Math.toIntExact(reader.rowBytes());
    int groups = (reader.rows() + BlockFormat.ROWS - 1) / BlockFormat.ROWS;
    int pieceGroups = (int) Math.max(1, PIECE_BYTES / Math.max(1, groupBytes));
    MemorySegment[] pieces = new MemorySegment[(groups + pieceGroups - 1) / pieceGroups];
    context.workers().forEach(pieces.length, 1, (from, to, worker) -> {
      WorkerScratch scratch = context.scratch(worker);
      byte[] group = new byte[Math.toIntExact(groupBytes)];
      for (int p = from; p < to; p++) {
        int first = p * pieceGroups;
        int count = Math.min(pieceGroups, groups - first);
        pieces[p] = context.allocate(groupBytes * count);
        for (int g = 0; g < count; g++) {
          int row = (first + g) * BlockFormat.ROWS;
          int rows = Math.min(BlockFormat.ROWS, reader.rows() - row);
          byte[] file = scratch.bytes(rows * rowBytes);
          MemorySegment.copy(reader.read(row, rows, scratch), 0, MemorySegment.ofArray(file), 0, (long) rows * rowBytes);
          if (rows < BlockFormat.ROWS) {
            Arrays.fill(group, (byte) 0);
          }
          for (int lane = 0; lane < rows; lane++) {
            packer.pack(file, lane * rowBytes, group, lane);
          }
          MemorySegment.copy(MemorySegment.ofArray(group), 0, pieces[p], g * groupBytes, groupBytes);
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

  /** A group, to be read in Java. */
  MemorySegment group(int group) {
    return pieces[group / pieceGroups].asSlice(group % pieceGroups * groupBytes, groupBytes);
  }
}
