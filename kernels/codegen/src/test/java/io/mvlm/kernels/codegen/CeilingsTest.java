package io.mvlm.kernels.codegen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.Backend;
import io.mvlm.core.Roofline;
import io.mvlm.kernels.cpu.CpuBackend;
import io.mvlm.kernels.cpu.CpuKernels;
import io.mvlm.kernels.cpu.ScalarKernels;
import io.mvlm.kernels.cpu.WorkerScratch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** The kernels that measure the machine do the work that they say they do. */
@EnabledIf("io.mvlm.kernels.codegen.Tiers#isX86")
class CeilingsTest {
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
      for (Tier tier : Tiers.here()) {
        CpuKernels kernels = new CodegenKernels(tier, new ScalarKernels());
        assertEquals(expected, kernels.sumWords(memory, 8 * Long.BYTES, Long.BYTES * words), tier.toString());
        assertEquals(0, kernels.sumWords(memory, 0, 0), tier.toString());
        assertThrows(IndexOutOfBoundsException.class, () -> kernels.sumWords(memory, 1024, Long.BYTES * words));
      }
    }
  }

  @Test
  void everyMultiplyAddIsDone() {
    for (Tier tier : Tiers.here()) {
      CpuKernels kernels = new CodegenKernels(tier, new ScalarKernels());
      WorkerScratch scratch = new WorkerScratch();
      assertEquals(0, kernels.multiplyAddPeak(0, scratch));
      long count = kernels.multiplyAddPeak(5, scratch);
      assertTrue(count > 0 && count % 5 == 0, tier.toString());
      float[] sums = scratch.floats(0, (int) (count / 5));
      for (int i = 0; i < count / 5; i++) {
        assertEquals(1 - 1 / 32f, sums[i], tier.toString());
      }
    }
  }

  @Test
  void bothLinesAreMeasured() {
    try (Backend backend = new CpuBackend(new CodegenKernels(Tiers.here().getFirst(), new ScalarKernels()), 2)) {
      Roofline roofline = backend.measureRoofline();
      // From a small board to a large server.
      assertTrue(roofline.readGbPerSecond() > 0.5 && roofline.readGbPerSecond() < 5000, roofline.toString());
      assertTrue(roofline.fmaGmacPerSecond() > 0.1 && roofline.fmaGmacPerSecond() < 1e6, roofline.toString());
    }
  }
}
