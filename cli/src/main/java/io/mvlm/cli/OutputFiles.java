package io.mvlm.cli;

import io.mvlm.core.CancelledException;
import io.mvlm.core.InvalidDataException;
import io.mvlm.core.MvlmException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Work whose result is a file, which an interrupt ends cleanly. */
final class OutputFiles {
  private OutputFiles() {}

  /** @throws CliException if the target cannot be written, or Ctrl-C came */
  static void guarded(Path target, Runnable work) {
    try (Interrupts.Scope interrupts = Interrupts.ofProcess().soften()) {
      try {
        work.run();
      } catch (CancelledException e) {
        throw new CliException(interrupts.interrupted() ? interrupts.exitCode() : ExitCode.INTERRUPTED, "interrupted: " + target
            + " is not written", e);
      } catch (InvalidDataException e) {
        throw e;
      } catch (MvlmException e) {
        if (e.getCause() instanceof IOException io && isOf(target, io)) {
          throw new CliException(ExitCode.CANNOT_CREATE, target + ": cannot be written: " + reason(io), e);
        }
        throw e;
      }
    }
  }

  /** Not of an input, which may fail as well: the system names the file, a part of the target or the target itself. */
  private static boolean isOf(Path target, IOException e) {
    return !(e instanceof FileSystemException known && known.getFile() != null)
        || known.getFile().contains(target.getFileName().toString());
  }

  /** Why a file cannot be made: these exceptions name it, or one that is to become it, and not what is wrong. */
  static String reason(IOException e) {
    return switch (e) {
      case NoSuchFileException missing -> "its folder does not exist";
      case AccessDeniedException denied -> "permission denied";
      case FileAlreadyExistsException there -> "is a file, expected a folder";
      case FileSystemException known when known.getReason() != null -> known.getReason();
      default -> String.valueOf(e.getMessage());
    };
  }
}
