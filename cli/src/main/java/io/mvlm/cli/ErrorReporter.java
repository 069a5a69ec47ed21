package io.mvlm.cli;

import io.mvlm.core.BackendUnavailableException;
import io.mvlm.core.CancelledException;
import io.mvlm.core.InvalidDataException;
import io.mvlm.core.MvlmException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/** What went wrong, as one line and an exit code. */
final class ErrorReporter {
  private ErrorReporter() {}

  /**
   * Prints {@code mvlm: …}, with the stack trace if the user wants to hear more.
   *
   * @return the exit code
   */
  static int report(Throwable error, CliIo io) {
    int code = code(error);
    String message = message(error, code);
    if (message != null) {
      io.say(message);
      if (io.verbose()) {
        error.printStackTrace(io.err());
      }
    }
    return code;
  }

  /** As {@link #report} would print it, for a report elsewhere. */
  static String message(Throwable error) {
    return Printable.line(message(error, code(error)));
  }

  private static int code(Throwable error) {
    return switch (error) {
      case CliException e -> e.exitCode();
      case Jvm.FullJvmNeeded e -> ExitCode.FULL_JVM_NEEDED;
      case BackendUnavailableException e -> ExitCode.UNAVAILABLE;
      case CancelledException e -> ExitCode.INTERRUPTED;
      // A decoder that runs off the end of its bytes calls that an I/O error; no device failed.
      case InvalidDataException e -> e.getCause() instanceof OutOfMemoryError ? ExitCode.MEMORY : ExitCode.DATA;
      case MvlmException e -> causeCode(e.getCause());
      case UncheckedIOException e -> causeCode(e.getCause());
      case IOException e -> causeCode(e);
      case OutOfMemoryError e -> ExitCode.MEMORY;
      default -> ExitCode.INTERNAL;
    };
  }

  /** A file that is not there is told apart from one that is wrong. */
  private static int causeCode(Throwable cause) {
    return switch (cause) {
      case NoSuchFileException e -> ExitCode.NO_INPUT;
      case AccessDeniedException e -> ExitCode.NO_PERMISSION;
      case IOException e -> ExitCode.IO;
      case null, default -> ExitCode.DATA;
    };
  }

  private static String message(Throwable error, int code) {
    String text = error.getMessage();
    return switch (error) {
      case CliException e -> text;
      case Jvm.FullJvmNeeded e -> null;
      case MvlmException e -> text;
      case UncheckedIOException e -> ioMessage(e.getCause());
      case IOException e -> ioMessage(e);
      case OutOfMemoryError e -> memoryMessage(String.valueOf(text));
      default -> "internal error: " + error + " (--verbose shows where)";
    };
  }

  private static String ioMessage(IOException e) {
    return switch (e) {
      case NoSuchFileException missing -> missing.getFile() + ": no such file";
      case AccessDeniedException denied -> denied.getFile() + ": permission denied";
      default -> String.valueOf(e.getMessage());
    };
  }

  private static String memoryMessage(String text) {
    if (text.contains("direct") || text.contains("native") || text.contains("Map failed") || text.contains("allocate")) {
      return "out of memory: the system gives no more (" + text + "); use a smaller model, --ctx or --kv f16";
    }
    long limit = Runtime.getRuntime().maxMemory() >> 20;
    return "out of memory: the Java heap may grow to " + limit + " MB; raise that with MVLM_OPTS=-Xmx" + limit * 2 + "m";
  }
}
