package io.mvlm.kernels.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.Backend;
import io.mvlm.core.Roofline;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The kernels that measure the machine do the work that they say they do. */
public abstract class CeilingsContract {
  /** Those that must do it. */
  protected abstract List<CpuKernels> kernels();

  /** Those by which the machine is measured, for some seconds each. */
  protected abstract List<CpuKernels> measured();

  @Test
  void everyByteIsRead() {
    Random random = new Random(1);
    try (Arena arena = Arena.ofConfined()) {
      int words = 5 * CpuKernels.SUMMED_BYTES / Long.BYTES;
      MemorySegment memory = arena.allocate(Long.BYTES * (words + 16), 64);
      long expected = 0;
      for (int i = 0; i < words + 16; i++) {
        long word = random.nextLong();
        memory.setAtIndex(ValueLayout.JAVA_LONG, i, word);
        expected += i >= 8 && i < words + 8 ? word : 0;
      }
      for (CpuKernels kernels : kernels()) {
        assertEquals(expected, kernels.sumWords(memory, 8 * Long.BYTES, Long.BYTES * words), kernels.description());
        assertEquals(0, kernels.sumWords(memory, 0, 0), kernels.description());
        assertThrows(IndexOutOfBoundsException.class, () -> kernels.sumWords(memory, 1024, Long.BYTES * words), kernels.description());
      }
    }
  }

  @Test
  void everyMultiplyAddIsDone() {
    for (CpuKernels kernels : kernels()) {
      WorkerScratch scratch = new WorkerScratch();
      assertEquals(0, kernels.multiplyAddPeak(0, scratch), kernels.description());
      long count = kernels.multiplyAddPeak(5, scratch);
      assertTrue(count > 0 && count % 5 == 0, kernels.description());
      float[] sums = scratch.floats(0, (int) (count / 5));
      for (int i = 0; i < count / 5; i++) {
        assertEquals(1 - 1 / 32f, sums[i], kernels.description());
      }
    }
  }

  @Test
  void bothLinesAreMeasured() {
    for (CpuKernels kernels : measured()) {
      try (Backend backend = new CpuBackend(kernels, 2)) {
        Roofline roofline = backend.measureRoofline();
        // From a small board to a large server.
        assertTrue(roofline.readGbPerSecond() > 0.5 && roofline.readGbPerSecond() < 5000, roofline.toString());
        assertTrue(roofline.fmaGmacPerSecond() > 0.1 && roofline.fmaGmacPerSecond() < 1e6, roofline.toString());
      }
    }
  }
}
