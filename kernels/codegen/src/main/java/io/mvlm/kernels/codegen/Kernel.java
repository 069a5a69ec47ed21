package io.mvlm.kernels.codegen;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * A generated function. All have one signature, so that one method handle, a constant, calls them all: linking a signature costs more than
 * assembling a kernel.
 *
 * <p>Calls are critical ones with access to the heap: activations are Java arrays, and the call costs no change of the thread's state, a few
 * nanoseconds. The price is that the collector waits for a running call: callers divide work so that none takes longer than about half a
 * millisecond.
 */
final class Kernel {
  /** Of a call of a product: a tenth of a millisecond with AVX-512, half of one with AVX2. */
  static final int MULTIPLY_ADDS = 1 << 24;

  private static final MethodHandle CALL = handle();

  private final MemorySegment entry;

  Kernel(MemorySegment entry) {
    this.entry = entry;
  }

  @SuppressWarnings("restricted")
  private static MethodHandle handle() {
    return Linker.nativeLinker().downcallHandle(FunctionDescriptor.ofVoid(JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG,
        JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS), Linker.Option.critical(true));
  }

  /**
   * What the arguments mean is said where the kernel is generated.
   *
   * @param a the address of memory that outlives the call
   * @param x and y, z and w arrays on the heap, or native memory
   */
  void call(long a, MemorySegment x, MemorySegment y, long p0, long p1, long p2, long p3, long p4, long p5, long p6, long p7, long p8,
      MemorySegment z, MemorySegment w) {
    try {
      CALL.invokeExact(entry, a, x, y, p0, p1, p2, p3, p4, p5, p6, p7, p8, z, w);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("a kernel could not be called", e);
    }
  }

  /** For kernels of two arrays. */
  void call(long a, MemorySegment x, MemorySegment y, long p0, long p1, long p2, long p3, long p4, long p5, long p6, long p7, long p8) {
    call(a, x, y, p0, p1, p2, p3, p4, p5, p6, p7, p8, MemorySegment.NULL, MemorySegment.NULL);
  }

  /** For those with fewer parameters. */
  void call(long a, MemorySegment x, MemorySegment y, long p0, long p1, long p2, long p3, long p4, long p5) {
    call(a, x, y, p0, p1, p2, p3, p4, p5, 0, 0, 0);
  }
}
