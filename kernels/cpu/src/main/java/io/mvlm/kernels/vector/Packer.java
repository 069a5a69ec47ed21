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
  /** Groups that stay together: whole bundles and whole panels. */
  private static final int TOGETHER = Math.max(PackedLayout.PANEL_GROUPS, PackedLayout.BUNDLE / PackedLayout.ROWS);

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
    int each = (int) Math.max(1, CHUNK_BYTES / Math.max(1, groupBytes * TOGETHER)) * TOGETHER;
    MemorySegment[] segments = new MemorySegment[(count + each - 1) / each];
    context.workers().forEach(segments.length, 1, (from, to, worker) -> {
      WorkerScratch scratch = context.scratch(worker);
      int[] words = new int[wordsPerRow * PackedLayout.ROWS];
      for (int s = from; s < to; s++) {
        int first = s * each;
        int last = Math.min(count, first + each);
        segments[s] = context.allocate(PackedLayout.segmentBytes(last - first, groupBytes));
        for (int g = first; g < last; g++) {
          int rows = Math.min(PackedLayout.ROWS, reader.rows() - g * PackedLayout.ROWS);
          byte[] file = scratch.bytes(rows * rowBytes);
          MemorySegment.copy(reader.read(g * PackedLayout.ROWS, rows, scratch), 0, MemorySegment.ofArray(file), 0, (long) rows * rowBytes);
          if (rows < PackedLayout.ROWS) {
            Arrays.fill(words, 0);
          }
          for (int lane = 0; lane < rows; lane++) {
            packer.pack(file, lane * rowBytes, words, lane);
          }
          MemorySegment.copy(words, 0, segments[s], ValueLayout.JAVA_INT, PackedLayout.offset(g - first, last - first, groupBytes), words.length);
        }
      }
    });
    return new PackedLayout(segments, each, count, groupBytes);
  }

  /** The factors of a super-block as {@link #factor}: d, and dmin one vector further. */
  static void packFactors(int halves, int[] words, int at) {
    words[at] = factor(halves);
    words[at + PackedLayout.ROWS] = factor(halves >>> 16);
  }

  /**
   * The f16 in the lower half as a 32-bit float. Many factors of super-blocks are subnormal as f16 (they are divided by the largest scale),
   * and arithmetic on subnormal numbers takes a hundred cycles on some processors.
   */
  static int factor(int half) {
    return Float.floatToRawIntBits(Float.float16ToFloat((short) half));
  }

  static int columns(Tensor tensor) {
    return Math.toIntExact(tensor.shape().columns());
  }
}
