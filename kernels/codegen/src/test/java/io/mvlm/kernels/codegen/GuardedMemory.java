package io.mvlm.kernels.codegen;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/** Buffers that begin or end at a page which nobody may touch: a kernel that reads or writes past them ends the process. */
final class GuardedMemory implements AutoCloseable {
  private static final long PAGE = 4096;
  private static final MethodHandle MMAP = function("mmap", ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
  private static final MethodHandle MPROTECT = function("mprotect", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
  private static final MethodHandle MUNMAP = function("munmap", JAVA_INT, ADDRESS, JAVA_LONG);

  private final boolean atEnd;
  private final List<MemorySegment> regions = new ArrayList<>();

  /** @param atEnd whether buffers end at the forbidden page, instead of beginning behind it */
  GuardedMemory(boolean atEnd) {
    this.atEnd = atEnd;
  }

  private static MethodHandle function(String name, MemoryLayout result, MemoryLayout... arguments) {
    return Linker.nativeLinker().downcallHandle(Linker.nativeLinker().defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(result, arguments));
  }

  /** Zeroed. */
  MemorySegment allocate(long bytes) {
    long inner = Math.max(PAGE, bytes + PAGE - 1 & -PAGE);
    long size = inner + 2 * PAGE;
    try {
      MemorySegment region = ((MemorySegment) MMAP.invokeExact(MemorySegment.NULL, size, 0, 0x22, -1, 0L)).reinterpret(size);
      if ((int) MPROTECT.invokeExact(region.asSlice(PAGE, inner), inner, 3) != 0) {
        throw new IllegalStateException("mprotect");
      }
      regions.add(region);
      return region.asSlice(atEnd ? PAGE + inner - bytes : PAGE, bytes);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  MemorySegment copyOf(float[] values) {
    MemorySegment copy = allocate(4L * values.length);
    copy.copyFrom(MemorySegment.ofArray(values));
    return copy;
  }

  @Override
  public void close() {
    for (MemorySegment region : regions) {
      try {
        int _ = (int) MUNMAP.invokeExact(region, region.byteSize());
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
