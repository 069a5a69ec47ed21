package io.mvlm.kernels.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ZeroedMemoryTest {
  private static final long SLAB = 64 << 20;
  /** Smaller and larger than a page, and than a slab. */
  private static final long[] SIZES = {1, 64, 100, 5000, 3 << 20, 70 << 20, 1, 0, 7};

  @Test
  void segmentsAreAlignedZeroAndApart() {
    check(new ZeroedMemory(SLAB));
  }

  @Test
  void withoutSlabs() {
    check(new ZeroedMemory(0));
  }

  @Test
  void withoutNativeAccess() {
    check(new ZeroedMemory(SLAB, false));
  }

  private static void check(ZeroedMemory memory) {
    try (memory) {
      List<MemorySegment> segments = new ArrayList<>();
      for (long size : SIZES) {
        MemorySegment segment = memory.allocate(size);
        assertEquals(size, segment.byteSize());
        assertEquals(0, segment.address() % 64);
        for (long i = 0; i < size; i += 61) {
          assertEquals(0, segment.get(ValueLayout.JAVA_BYTE, i));
        }
        segment.fill((byte) 1);
        for (MemorySegment other : segments) {
          assertTrue(other.address() + other.byteSize() <= segment.address() || segment.address() + size <= other.address());
        }
        segments.add(segment);
      }
    }
  }

  @Test
  void endsWithItsSegments() {
    ZeroedMemory memory = new ZeroedMemory(SLAB);
    MemorySegment segment = memory.allocate(4096);
    memory.close();
    assertThrows(IllegalStateException.class, () -> segment.get(ValueLayout.JAVA_BYTE, 0));
  }
}
