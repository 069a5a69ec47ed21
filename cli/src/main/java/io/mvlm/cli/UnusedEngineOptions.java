package io.mvlm.cli;

import picocli.CommandLine.Option;

/** The options of {@link EngineOptions} for commands that run no model: a script may give them to every command. */
final class UnusedEngineOptions {
  static final String NOTE = "Accepted as everywhere, without effect here.";

  @Option(names = "--backend", paramLabel = "NAME", description = NOTE)
  private String backend;

  @Option(names = "--device", paramLabel = "DEVICE", description = NOTE)
  private String device;

  @Option(names = "--threads", paramLabel = "N", description = NOTE)
  private int threads;
}
