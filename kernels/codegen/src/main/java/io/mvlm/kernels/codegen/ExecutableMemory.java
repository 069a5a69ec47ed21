package io.mvlm.kernels.codegen;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.mvlm.core.BackendUnavailableException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Locale;

/**
 * Pages that hold machine code: written first, then readable and executable, never writable and executable at once. Thread-safe. Whoever closes
 * it answers for it that no code in it runs or is called any more.
 */
final class ExecutableMemory implements AutoCloseable {
  private static final long PAGE = 4096;

  private final PageSystem system;
  private final long size;
  private MemorySegment pages;

  private ExecutableMemory(PageSystem system, long size, MemorySegment pages) {
    this.system = system;
    this.size = size;
    this.pages = pages;
  }

  /** @throws BackendUnavailableException if the system does not let a process make code */
  @SuppressWarnings("restricted")
  static ExecutableMemory of(byte[] code) {
    PageSystem system = PageSystem.here();
    long size = Math.max(PAGE, code.length + PAGE - 1 & -PAGE);
    MemorySegment pages = system.writable(size);
    if (pages.address() == 0 || pages.address() == -1) {
      throw refused("no memory for it");
    }
    MemorySegment.copy(MemorySegment.ofArray(code), 0, pages.reinterpret(size), 0, code.length);
    if (!system.makeExecutable(pages, size)) {
      system.free(pages, size);
      throw refused("memory may not become executable");
    }
    return new ExecutableMemory(system, size, pages);
  }

  private static BackendUnavailableException refused(String why) {
    return new BackendUnavailableException("this system does not allow generated code (" + why
        + "): the other backends need none, or loosen its policy (SELinux execmem, seccomp, PaX)");
  }

  /** The place of a byte of the code. */
  MemorySegment address(int offset) {
    return MemorySegment.ofAddress(pages.address() + offset);
  }

  @Override
  public synchronized void close() {
    if (pages != null) {
      system.free(pages, size);
      pages = null;
    }
  }

  /** The calls that an operating system has for it. */
  private interface PageSystem {
    /** Zero or minus one on failure. */
    MemorySegment writable(long size);

    boolean makeExecutable(MemorySegment pages, long size);

    void free(MemorySegment pages, long size);

    static PageSystem here() {
      return System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows") ? Windows.INSTANCE : Posix.INSTANCE;
    }
  }

  @SuppressWarnings("restricted")
  private static MethodHandle function(SymbolLookup library, String name, MemoryLayout result, MemoryLayout... arguments) {
    return Linker.nativeLinker().downcallHandle(library.findOrThrow(name), FunctionDescriptor.of(result, arguments));
  }

  private static IllegalStateException impossible(Throwable e) {
    return new IllegalStateException("a call into the system failed", e);
  }

  private static final class Posix implements PageSystem {
    static final Posix INSTANCE = new Posix();

    private static final int READ = 1;
    private static final int WRITE = 2;
    private static final int EXECUTE = 4;
    private static final int PRIVATE = 2;
    private static final int ANONYMOUS = System.getProperty("os.name").startsWith("Mac") ? 0x1000 : 0x20;

    private final MethodHandle mmap;
    private final MethodHandle mprotect;
    private final MethodHandle munmap;

    private Posix() {
      SymbolLookup c = Linker.nativeLinker().defaultLookup();
      mmap = function(c, "mmap", ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
      mprotect = function(c, "mprotect", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
      munmap = function(c, "munmap", JAVA_INT, ADDRESS, JAVA_LONG);
    }

    @Override
    public MemorySegment writable(long size) {
      try {
        return (MemorySegment) mmap.invokeExact(MemorySegment.NULL, size, READ | WRITE, PRIVATE | ANONYMOUS, -1, 0L);
      } catch (Throwable e) {
        throw impossible(e);
      }
    }

    @Override
    public boolean makeExecutable(MemorySegment pages, long size) {
      try {
        return (int) mprotect.invokeExact(pages, size, READ | EXECUTE) == 0;
      } catch (Throwable e) {
        throw impossible(e);
      }
    }

    @Override
    public void free(MemorySegment pages, long size) {
      try {
        int _ = (int) munmap.invokeExact(pages, size);
      } catch (Throwable e) {
        throw impossible(e);
      }
    }
  }

  private static final class Windows implements PageSystem {
    static final Windows INSTANCE = new Windows();

    private static final int COMMIT_AND_RESERVE = 0x3000;
    private static final int RELEASE = 0x8000;
    private static final int PAGE_READWRITE = 0x04;
    private static final int PAGE_EXECUTE_READ = 0x20;

    private final MethodHandle virtualAlloc;
    private final MethodHandle virtualProtect;
    private final MethodHandle virtualFree;
    private final MethodHandle flushInstructionCache;

    @SuppressWarnings("restricted")
    private Windows() {
      SymbolLookup kernel = SymbolLookup.libraryLookup("kernel32", Arena.global());
      virtualAlloc = function(kernel, "VirtualAlloc", ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT);
      virtualProtect = function(kernel, "VirtualProtect", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS);
      virtualFree = function(kernel, "VirtualFree", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
      flushInstructionCache = function(kernel, "FlushInstructionCache", JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);
    }

    @Override
    public MemorySegment writable(long size) {
      try {
        return (MemorySegment) virtualAlloc.invokeExact(MemorySegment.NULL, size, COMMIT_AND_RESERVE, PAGE_READWRITE);
      } catch (Throwable e) {
        throw impossible(e);
      }
    }

    @Override
    public boolean makeExecutable(MemorySegment pages, long size) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment before = arena.allocate(JAVA_INT);
        boolean done = (int) virtualProtect.invokeExact(pages, size, PAGE_EXECUTE_READ, before) != 0;
        // -1 is the handle of the process itself.
        return done && (int) flushInstructionCache.invokeExact(MemorySegment.ofAddress(-1), pages, size) != 0;
      } catch (Throwable e) {
        throw impossible(e);
      }
    }

    @Override
    public void free(MemorySegment pages, long size) {
      try {
        int _ = (int) virtualFree.invokeExact(pages, 0L, RELEASE);
      } catch (Throwable e) {
        throw impossible(e);
      }
    }
  }
}
