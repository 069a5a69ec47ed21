package io.mvlm.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.completer.StringsCompleter;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** Lines that a person types, with editing, completion of commands, and a history that outlives the process. */
final class EditedLines implements LineSource {
  private static final String PROMPT = "> ";
  private static final int SIGINT = 2;

  private final Terminal terminal;
  private final LineReader reader;

  /** @param interrupts hears of Ctrl-C while no line is being read */
  EditedLines(Interrupts interrupts, String... commands) {
    try {
      terminal = TerminalBuilder.builder().system(true).dumb(true).build();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    terminal.handle(Terminal.Signal.INT, signal -> interrupts.signalled(SIGINT));
    reader = LineReaderBuilder.builder().terminal(terminal).appName("mvlm").completer(new StringsCompleter(commands))
        .variable(LineReader.HISTORY_FILE, historyFile()).option(LineReader.Option.DISABLE_EVENT_EXPANSION, true).build();
  }

  private static Path historyFile() {
    String state = System.getenv("XDG_STATE_HOME");
    return state == null || state.isEmpty() ? Path.of(System.getProperty("user.home"), ".mvlm_history") : Path.of(state, "mvlm", "history");
  }

  @Override
  public String next() {
    try {
      return reader.readLine(PROMPT);
    } catch (UserInterruptException givenUp) {
      return "";
    } catch (EndOfFileException end) {
      return null;
    }
  }

  @Override
  public void close() {
    try {
      terminal.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
