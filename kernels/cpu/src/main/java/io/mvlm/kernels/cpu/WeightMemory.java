package io.mvlm.kernels.cpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * Zeroed native memory for what is read from end to end: on Linux in large pages, if the system gives any. Address translation then misses a
 * five-hundredth as often, and the kernel clears pages faster than a program that touches them one by one. Elsewhere, and where native access
 * is not enabled for this module, it is what an arena gives. Thread-safe. Closing it ends the life of all segments.
 */
final class WeightMemory implements AutoCloseable {
  private static final long LARGE_PAGE = 1 << 21;
  /** Asked for at a time: pages are taken only when they are touched. */
  private static final long SLAB = 32 * LARGE_PAGE;
  private static final long ALIGNMENT = 64;

  private final Arena arena = Arena.ofShared();
  /** Null for an arena's memory alone. */
  private final LargePages system;
  private final List<MemorySegment> slabs = new ArrayList<>();
  private MemorySegment rest = MemorySegment.NULL;

  WeightMemory() {
    this(System.getProperty("os.name").equals("Linux") && WeightMemory.class.getModule().isNativeAccessEnabled());
  }

  /** @param large whether to ask Linux for large pages */
  WeightMemory(boolean large) {
    system = large ? new LargePages(Linker.nativeLinker()) : null;
  }

  /** @return a segment that is aligned to 64 bytes */
  MemorySegment allocate(long bytes) {
    if (system == null) {
      return arena.allocate(bytes, ALIGNMENT);
    }
    long padded = bytes + (-bytes & ALIGNMENT - 1);
    synchronized (this) {
      if (padded > rest.byteSize() && !reserve(padded)) {
        return arena.allocate(bytes, ALIGNMENT);
      }
      MemorySegment result = rest.asSlice(0, bytes);
      rest = rest.asSlice(padded);
      return result;
    }
  }

  /** Makes {@link #rest} hold so many bytes, if the system has them. */
  @SuppressWarnings("restricted")
  private boolean reserve(long bytes) {
    long size = Math.max(SLAB, bytes + (-bytes & LARGE_PAGE - 1));
    MemorySegment slab = system.map(size + LARGE_PAGE);
    if (slab == null) {
      return false;
    }
    slabs.add(slab);
    MemorySegment aligned = MemorySegment.ofAddress(slab.address() + (-slab.address() & LARGE_PAGE - 1));
    system.wish(aligned, size);
    rest = aligned.reinterpret(size, arena, null);
    return true;
  }

  @Override
  public synchronized void close() {
    arena.close();
    for (MemorySegment slab : slabs) {
      system.unmap(slab);
    }
    slabs.clear();
    rest = MemorySegment.NULL;
  }

  /** The calls of Linux. */
  private static final class LargePages {
    private static final int READ_WRITE = 3; // PROT_READ | PROT_WRITE
    private static final int ANONYMOUS = 0x22; // MAP_PRIVATE | MAP_ANONYMOUS
    private static final int HUGE_PAGE = 14; // MADV_HUGEPAGE

    private final MethodHandle mmap;
    private final MethodHandle munmap;
    private final MethodHandle madvise;

    @SuppressWarnings("restricted")
    private LargePages(Linker linker) {
      mmap = linker.downcallHandle(linker.defaultLookup().findOrThrow("mmap"),
          FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
      munmap = linker.downcallHandle(linker.defaultLookup().findOrThrow("munmap"), FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG));
      madvise = linker.downcallHandle(linker.defaultLookup().findOrThrow("madvise"),
          FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    }

    /** Null if there is no memory. */
    @SuppressWarnings("restricted")
    MemorySegment map(long size) {
      try {
        MemorySegment at = (MemorySegment) mmap.invokeExact(MemorySegment.NULL, size, READ_WRITE, ANONYMOUS, -1, 0L);
        return at.address() == -1 ? null : at.reinterpret(size);
      } catch (Throwable e) {
        throw new AssertionError(e); // a downcall throws nothing
      }
    }

    /** What becomes of it is up to the system. */
    void wish(MemorySegment at, long size) {
      try {
        int ignored = (int) madvise.invokeExact(at, size, HUGE_PAGE);
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
    }

    void unmap(MemorySegment slab) {
      try {
        int ignored = (int) munmap.invokeExact(slab, slab.byteSize());
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
    }
  }
}
