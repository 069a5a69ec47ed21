package io.mvlm.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "run", description = "Answer a question, about images or without; what mvlm does when no command is named.")
final class RunCommand implements Callable<Integer> {
  @Mixin
  private final Answering answering;

  RunCommand(CliIo io) {
    answering = new Answering(io);
  }

  @Override
  public Integer call() {
    return answering.run();
  }
}
