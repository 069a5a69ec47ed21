package io.mvlm.cli;

import io.mvlm.core.TensorType;
import io.mvlm.model.synth.Preset;
import io.mvlm.model.synth.SyntheticModel;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(name = "synth", description = {"Write a pair of models with published shapes and random weights: lm.gguf and mmproj.gguf.",
    "They answer nonsense, at the speed and with the memory of real ones."})
final class SynthCommand implements Callable<Integer> {
  private final CliIo io;

  @Option(names = "--shape", paramLabel = "SHAPE", defaultValue = "tiny", description = "1.7b, 3b, 7b or tiny. Default: ${DEFAULT-VALUE}.")
  private String shape;

  @Option(names = "--type", paramLabel = "TYPE", defaultValue = "q4_0",
      description = "Tensor type of the language model's matrices. Default: ${DEFAULT-VALUE}.")
  private String type;

  @Option(names = "--vision-type", paramLabel = "TYPE", defaultValue = "f16",
      description = "Tensor type of the vision model's matrices. Default: ${DEFAULT-VALUE}.")
  private String visionType;

  @Option(names = "--seed", paramLabel = "N", defaultValue = "0",
      description = "The same seed gives the same bytes. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Parameters(paramLabel = "OUT_DIR", description = "The folder; made if it is not there.")
  private Path folder;

  @Mixin
  private UnusedEngineOptions engine;

  @Spec
  private CommandSpec command;

  SynthCommand(CliIo io) {
    this.io = io;
  }

  @Override
  public Integer call() {
    Preset preset = preset();
    TensorType language = TensorTypes.parse("--type", type, command);
    TensorType vision = TensorTypes.parse("--vision-type", visionType, command);
    Jvm.readyForJava();
    OutputFiles.guarded(folder, () -> {
      try (ProgressDisplay display = ProgressDisplay.ofBytes(io)) {
        SyntheticModel.write(folder, preset, language, vision, seed, (done, total) -> display.update("synth", done, total));
      }
    });
    io.err().println("wrote " + folder.resolve(SyntheticModel.LANGUAGE_FILE) + " and " + folder.resolve(SyntheticModel.VISION_FILE));
    return ExitCode.OK;
  }

  private Preset preset() {
    try {
      return Preset.parse(shape);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), "--" + e.getMessage());
    }
  }
}
