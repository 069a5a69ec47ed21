package io.mvlm.kernels.vector;

import io.mvlm.core.Tensor;
import io.mvlm.kernels.cpu.CpuKernels;
import io.mvlm.kernels.cpu.RowReader;
import io.mvlm.kernels.cpu.WorkerScratch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** Reads matrices from their file and writes them in {@link PackedLayout}, all workers side by side. */
final class Packer {
  /** Groups are allocated together up to this size: large enough for few allocations, small enough to share the zeroing among workers. */
  private static final long CHUNK_BYTES = 1 << 20;

  /** Translates one row of file bytes. Thread-safe. */
  interface RowPacker {
    /** @param words the group, of which row {@code lane} is to be written: word i of it is {@code words[i·16 + lane]} */
    void pack(byte[] file, int offset, int[] words, int lane);
  }

  private Packer() {}

  /** @param wordsPerRow 32-bit words that a row takes in the packed form */
  static PackedLayout pack(CpuKernels.PackingContext context, RowReader reader, int wordsPerRow, RowPacker packer) {
    int rowBytes = Math.toIntExact(reader.rowBytes());
    int count = (reader.rows() + PackedLayout.ROWS - 1) / PackedLayout.ROWS;
    long groupBytes = (long) wordsPerRow * PackedLayout.VECTOR;
    MemorySegment[] groups = new MemorySegment[count];
    int chunk = (int) Math.max(1, CHUNK_BYTES / Math.max(1, groupBytes));
    context.workers().forEach(count, chunk, (from, to, worker) -> {
      WorkerScratch scratch = context.scratch(worker);
      MemorySegment memory = context.allocate(groupBytes * (to - from));
      int[] words = new int[wordsPerRow * PackedLayout.ROWS];
      for (int g = from; g < to; g++) {
        int rows = Math.min(PackedLayout.ROWS, reader.rows() - g * PackedLayout.ROWS);
        byte[] file = scratch.bytes(rows * rowBytes);
        MemorySegment.copy(reader.read(g * PackedLayout.ROWS, rows, scratch), 0, MemorySegment.ofArray(file), 0, (long) rows * rowBytes);
        if (rows < PackedLayout.ROWS) {
          Arrays.fill(words, 0);
        }
        for (int lane = 0; lane < rows; lane++) {
          packer.pack(file, lane * rowBytes, words, lane);
        }
        groups[g] = memory.asSlice((g - from) * groupBytes, groupBytes);
        MemorySegment.copy(words, 0, groups[g], ValueLayout.JAVA_INT, 0, words.length);
      }
    });
    return new PackedLayout(groups, groupBytes);
  }

  /**
   * The factors of a super-block as 32-bit floats: d, and dmin one vector further. Many are subnormal as f16 (they are divided by the largest
   * scale), and arithmetic on subnormal numbers takes a hundred cycles on some processors.
   */
  static void packFactors(int halves, int[] words, int at) {
    words[at] = Float.floatToRawIntBits(Float.float16ToFloat((short) halves));
    words[at + PackedLayout.ROWS] = Float.floatToRawIntBits(Float.float16ToFloat((short) (halves >>> 16)));
  }

  static int columns(Tensor tensor) {
    return Math.toIntExact(tensor.shape().columns());
  }
}
