package io.mvlm.kernels.codegen;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;

/**
 * The system's permission to use tiles, whose 8 KiB a thread it must keep room for: Linux gives it, for the whole process and for good, to whoever
 * asks (the kernel's documentation, "Using XSTATE features in user space applications"). Elsewhere it is not asked for, and not given.
 */
final class TilePermission {
  private static final long ARCH_PRCTL = 158;
  private static final long REQUEST = 0x1023;
  private static final long TILE_DATA = 18;

  private TilePermission() {}

  @SuppressWarnings("restricted")
  static boolean granted() {
    if (!System.getProperty("os.name").equals("Linux")) {
      return false;
    }
    Linker linker = Linker.nativeLinker();
    MethodHandle syscall = linker.downcallHandle(linker.defaultLookup().findOrThrow("syscall"),
        FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG), Linker.Option.firstVariadicArg(1));
    try {
      return (long) syscall.invokeExact(ARCH_PRCTL, REQUEST, TILE_DATA) == 0;
    } catch (Throwable e) {
      throw new IllegalStateException("a call into the system failed", e);
    }
  }
}
