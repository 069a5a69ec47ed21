package io.mvlm.cli;

import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * How far a long piece of work is: on a terminal a bar, which vanishes at the end; elsewhere a plain line every ten seconds. Work that is
 * done in half a second shows nothing. Thread-safe.
 */
final class ProgressDisplay implements AutoCloseable {
  private static final long PATIENCE_NANOS = 500_000_000L;
  private static final long LINE_NANOS = 10_000_000_000L;
  private static final int WIDTH = 79;
  private static final int REDRAW_MILLIS = 100;

  private final CliIo io;
  private final String unit;
  private final long unitSize;
  private final long begin = System.nanoTime();
  private long lastLine = begin;
  private ProgressBar bar;

  private ProgressDisplay(CliIo io, String unit, long unitSize) {
    this.io = io;
    this.unit = unit;
    this.unitSize = unitSize;
  }

  static ProgressDisplay ofBytes(CliIo io) {
    return new ProgressDisplay(io, " MB", 1_000_000);
  }

  static ProgressDisplay ofThings(CliIo io, String things) {
    return new ProgressDisplay(io, " " + things, 1);
  }

  /** @param total more than 0 */
  synchronized void update(String task, long done, long total) {
    long now = System.nanoTime();
    if (now - begin < PATIENCE_NANOS || total <= 0) {
      return;
    }
    if (io.errIsTerminal()) {
      if (bar == null) {
        bar = new ProgressBarBuilder().setTaskName(task).setInitialMax(total).setUnit(unit, unitSize).setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(REDRAW_MILLIS).setConsumer(new ConsoleProgressBarConsumer(io.err(), WIDTH)).clearDisplayOnFinish()
            .build();
      }
      bar.stepTo(done);
    } else if (now - lastLine >= LINE_NANOS) {
      lastLine = now;
      io.err().println(String.format(Locale.ROOT, "%s: %d of %d%s (%d %%)",
          task, done / unitSize, total / unitSize, unit, 100 * done / total));
    }
  }

  @Override
  public synchronized void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
