package io.mvlm.cli;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Whether a standard stream is a terminal, which Java tells of two streams at once only. */
final class Terminals {
  private Terminals() {}

  /** @param descriptor 0, 1 or 2 */
  static boolean isTerminal(int descriptor) {
    Path link = Path.of("/proc/self/fd", Integer.toString(descriptor));
    try {
      String target = Files.readSymbolicLink(link).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
    } catch (IOException | UnsupportedOperationException notLinux) {
      return askTheCLibrary(descriptor);
    }
  }

  @SuppressWarnings("restricted") // the flag that allows it is set by the launcher
  private static boolean askTheCLibrary(int descriptor) {
    Linker linker = Linker.nativeLinker();
    Optional<MemorySegment> function = linker.defaultLookup().find("isatty").or(() -> linker.defaultLookup().find("_isatty"));
    if (function.isEmpty()) {
      return false;
    }
    try {
      FunctionDescriptor signature = FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
      return (int) linker.downcallHandle(function.get(), signature).invokeExact(descriptor) != 0;
    } catch (Throwable unavailable) {
      return false;
    }
  }
}
