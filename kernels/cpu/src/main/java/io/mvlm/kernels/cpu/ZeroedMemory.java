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
 * Zeroed native memory for weights and caches: on Linux pages as the kernel gives them, which are zero already and cost nothing before
 * they are written, by any of the workers, where an arena writes every one of them twice, the first time in the thread that asks.
 * Elsewhere, and where native access is not enabled for this module, it is what an arena gives. Not in large pages: products gained up to
 * a tenth from them, but in a virtual machine whose host takes free large pages back, loading took three times as long. Thread-safe.
 * Closing it ends the life of all segments.
 */
final class ZeroedMemory implements AutoCloseable {
  private static final long ALIGNMENT = 64;

  private final Arena arena = Arena.ofShared();
  private final long slabBytes;
  /** Null for an arena's memory alone. */
  private final Pages system;
  private final List<MemorySegment> slabs = new ArrayList<>();
  private MemorySegment rest = MemorySegment.NULL;

  /** @param slabBytes asked for at a time, if a segment needs no more: pages are taken only when they are touched */
  ZeroedMemory(long slabBytes) {
    this(slabBytes, System.getProperty("os.name").equals("Linux") && ZeroedMemory.class.getModule().isNativeAccessEnabled());
  }

  /** @param linux whether to ask Linux itself */
  ZeroedMemory(long slabBytes, boolean linux) {
    this.slabBytes = slabBytes;
    this.system = linux ? Pages.INSTANCE : null;
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
    MemorySegment slab = system.map(Math.max(slabBytes, bytes));
    if (slab == null) {
      return false;
    }
    slabs.add(slab);
    rest = MemorySegment.ofAddress(slab.address()).reinterpret(slab.byteSize(), arena, null);
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
  private static final class Pages {
    static final Pages INSTANCE = new Pages(Linker.nativeLinker());

    private static final int READ_WRITE = 3; // PROT_READ | PROT_WRITE
    private static final int ANONYMOUS = 0x22; // MAP_PRIVATE | MAP_ANONYMOUS

    private final MethodHandle mmap;
    private final MethodHandle munmap;

    @SuppressWarnings("restricted")
    private Pages(Linker linker) {
      mmap = linker.downcallHandle(linker.defaultLookup().findOrThrow("mmap"),
          FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
      munmap = linker.downcallHandle(linker.defaultLookup().findOrThrow("munmap"), FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG));
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

    void unmap(MemorySegment slab) {
      try {
        int ignored = (int) munmap.invokeExact(slab, slab.byteSize());
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
    }
  }
}
