package io.mvlm.cli;

import io.mvlm.model.Backends;
import io.mvlm.model.LoadOptions;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "tune", description = "Measure which sizes of work suit a device of --backend opencl, and keep them for it.")
final class TuneCommand implements Callable<Integer> {
  private final CliIo io;

  @Option(names = "--device", paramLabel = "DEVICE",
      description = "The device, by its number or a part of its name (see mvlm devices). Default: the first GPU.")
  private String device;

  TuneCommand(CliIo io) {
    this.io = io;
  }

  @Override
  public Integer call() {
    io.out().print(Backends.tune(LoadOptions.defaults().withBackend("opencl").withDevice(device)) + "\n");
    return ExitCode.OK;
  }
}
