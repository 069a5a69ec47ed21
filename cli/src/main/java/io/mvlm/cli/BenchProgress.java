package io.mvlm.cli;

import io.mvlm.model.Benchmark;
import io.mvlm.model.LoadListener;

/** Shows how a benchmark goes on: first how its models are loaded, then its runs. */
final class BenchProgress implements LoadListener, Benchmark.Listener, AutoCloseable {
  private final String who;
  private final LoadProgress load;
  private final ProgressDisplay runs;

  /** @param who what is being measured: backend and threads */
  BenchProgress(CliIo io, String who) {
    this.who = who;
    this.load = new LoadProgress(io);
    this.runs = ProgressDisplay.ofThings(io, "runs");
  }

  @Override
  public void progress(String what, long done, long total) {
    load.progress(what, done, total);
  }

  @Override
  public void note(String line) {
    load.note(line);
  }

  @Override
  public void warning(String line) {
    load.warning(line);
  }

  @Override
  public void progress(String test, int done, int total) {
    load.close();
    runs.update(who + ", " + test, done, total);
  }

  @Override
  public void close() {
    load.close();
    runs.close();
  }
}
