package io.mvlm.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Standard output: UTF-8 whatever the locale, and a failed write is an error instead of silence. Answers and what files hold reach a file
 * or a pipe as they are, a terminal without control characters, which could have it do anything. Not thread-safe.
 */
final class Output {
  private final OutputStream stream;
  private final boolean terminal;

  /** @param terminal whether {@code stream} ends on a screen */
  Output(OutputStream stream, boolean terminal) {
    this.stream = stream;
    this.terminal = terminal;
  }

  /** Writes, and hands on at once. @throws CliException if nobody can take it any more */
  void print(String text) {
    printTrusted(terminal ? Printable.text(text) : text);
  }

  /** As {@link #print}, for the program's own words, which may style themselves. */
  void printTrusted(String text) {
    try {
      stream.write(text.getBytes(StandardCharsets.UTF_8));
      stream.flush();
    } catch (IOException e) {
      throw failure(e);
    }
  }

  void println(String text) {
    print(text + "\n");
  }

  private static CliException failure(IOException e) {
    String reason = String.valueOf(e.getMessage());
    // A reader such as head has seen enough: no error, and no message.
    boolean readerLeft = reason.toLowerCase(Locale.ROOT).contains("pipe");
    return readerLeft
        ? new CliException(ExitCode.BROKEN_PIPE, null, e)
        : new CliException(ExitCode.IO, "cannot write to standard output: " + reason, e);
  }
}
