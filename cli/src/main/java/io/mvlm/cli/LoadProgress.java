package io.mvlm.cli;

import io.mvlm.model.LoadListener;
import java.nio.file.Path;

/** Shows how loading goes on. */
final class LoadProgress implements LoadListener, AutoCloseable {
  private final CliIo io;
  private final ProgressDisplay display;

  LoadProgress(CliIo io) {
    this.io = io;
    this.display = ProgressDisplay.ofBytes(io);
  }

  @Override
  public void progress(String what, long done, long total) {
    display.update(String.valueOf(Path.of(what).getFileName()), done, total);
  }

  @Override
  public void note(String line) {
    if (io.verbose()) {
      io.say(line);
    }
  }

  @Override
  public void warning(String line) {
    io.say(line);
  }

  @Override
  public void close() {
    display.close();
  }
}
