package io.mvlm.cli;

import io.mvlm.core.TensorType;
import io.mvlm.gguf.GgufQuantizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(name = "quantize", description = "Write a GGUF file again with its matrices in another type.")
final class QuantizeCommand implements Callable<Integer> {
  private final CliIo io;

  @Option(names = "--type", paramLabel = "TYPE", required = true, description = "f16, bf16, q8_0, q5_1, q5_0, q4_1, q4_0 …")
  private String type;

  @Parameters(index = "0", paramLabel = "IN.gguf", description = "The file to read.")
  private Path source;

  @Parameters(index = "1", paramLabel = "OUT.gguf", description = "The file to write.")
  private Path target;

  @Option(names = "--threads", paramLabel = "N", defaultValue = "0", description = "Threads that compute. Default: one for each processor.")
  private int threads;

  @Option(names = "--backend", paramLabel = "NAME", description = UnusedEngineOptions.NOTE)
  private String backend;

  @Spec
  private CommandSpec command;

  QuantizeCommand(CliIo io) {
    this.io = io;
  }

  @Override
  public Integer call() {
    TensorType wanted = TensorTypes.parse("--type", type, command);
    InputFiles.existing(source);
    if (threads < 0 || threads > EngineOptions.MOST_THREADS) {
      throw new ParameterException(command.commandLine(), "--threads " + threads + ": expected 1 to " + EngineOptions.MOST_THREADS);
    }
    requireTwoFiles();
    Jvm.readyForJava();
    int workers = threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
    OutputFiles.guarded(target, () -> {
      try (ProgressDisplay display = ProgressDisplay.ofBytes(io)) {
        GgufQuantizer.quantize(source, target, wanted, workers, (done, total) -> display.update("quantize", done, total));
      }
    });
    return ExitCode.OK;
  }

  /** A file must not take the place of the one it was made from. */
  private void requireTwoFiles() {
    try {
      if (Files.exists(target) && Files.isSameFile(source, target)) {
        throw new ParameterException(command.commandLine(), target + ": is the file to read, expected another to write");
      }
    } catch (IOException unreadable) {
      // Whatever is wrong with it, writing will say.
    }
  }
}
