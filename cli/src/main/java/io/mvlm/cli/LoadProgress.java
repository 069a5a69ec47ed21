package io.mvlm.cli;

import io.mvlm.model.LoadListener;
import java.nio.file.Path;

/** Shows how loading goes on. */
final class LoadProgress implements LoadListener, AutoCloseable {
  private final CliIo io;
  private final ProgressDisplay display;
  private final Timeline timeline;
  private String file;

  LoadProgress(CliIo io) {
    this(io, Timeline.NONE);
  }

  LoadProgress(CliIo io, Timeline timeline) {
    this.io = io;
    this.display = ProgressDisplay.ofBytes(io);
    this.timeline = timeline;
  }

  @Override
  public synchronized void progress(String what, long done, long total) {
    if (!what.equals(file)) {
      file = what;
      timeline.mark("loading " + what);
    }
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
