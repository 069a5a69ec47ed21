package io.mvlm.cli;

import io.mvlm.model.image.Images;
import io.mvlm.model.image.RgbImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Files that a command reads, and {@code -} for standard input. */
final class InputFiles {
  private static final String STANDARD_INPUT = "-";

  private InputFiles() {}

  static boolean isStandardInput(String name) {
    return name.equals(STANDARD_INPUT);
  }

  /** The path itself. @throws CliException if nothing is there, it is a directory, or it may not be read */
  static Path existing(Path path) {
    if (!Files.exists(path)) {
      throw new CliException(ExitCode.NO_INPUT, path + ": no such file");
    }
    if (Files.isDirectory(path)) {
      throw new CliException(ExitCode.NO_INPUT, path + ": is a directory, expected a file");
    }
    if (!Files.isReadable(path)) {
      throw new CliException(ExitCode.NO_PERMISSION, path + ": permission denied");
    }
    return path;
  }

  private static Path path(String name) {
    try {
      return Path.of(name);
    } catch (InvalidPathException e) {
      throw new CliException(ExitCode.NO_INPUT, name + ": no such file", e);
    }
  }

  /** Whether it is a file, not a pipe, nor this process's own input by another name. */
  static boolean canBeReadAgain(String name) {
    return !isStandardInput(name) && Files.isRegularFile(path(name)) && !path(name).startsWith("/dev") && !path(name).startsWith("/proc");
  }

  static RgbImage image(String name, CliIo io) {
    return isStandardInput(name) ? Images.read(io.in()) : Images.read(existing(path(name)));
  }

  /** All of a text, as it is; bytes that are no UTF-8 read as U+FFFD. */
  static String text(String name, CliIo io) {
    try {
      byte[] bytes = isStandardInput(name) ? io.in().readAllBytes() : Files.readAllBytes(existing(path(name)));
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
