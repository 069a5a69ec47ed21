package io.mvlm.cli;

import io.mvlm.model.Backends;
import io.mvlm.model.LoadListener;
import io.mvlm.model.LoadOptions;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What computes, and with how many threads. */
final class EngineOptions {
  static final int MOST_THREADS = 1024;
  private static final String DEVICE_BACKEND = "opencl";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(names = "--backend", paramLabel = "NAME", defaultValue = Backends.AUTO,
      description = "What computes: auto (the fastest that works here), codegen, vector, scalar, or opencl"
          + " (a GPU, only if asked for by this or --device). Default: ${DEFAULT-VALUE}.")
  private String backend;

  @Option(names = "--device", paramLabel = "DEVICE",
      description = "With --backend opencl: the device, by its number or a part of its name (see mvlm devices). Default: the first GPU."
          + " With --backend auto: a device to try before the processor.")
  private String device;

  @Option(names = "--threads", paramLabel = "N", defaultValue = "0",
      description = "Compute threads. Default: one for each physical core.")
  private int threads;

  /** @throws ParameterException if a value is out of its range */
  LoadOptions toLoadOptions(LoadListener listener) {
    if (!Backends.names().contains(backend)) {
      throw usage("--backend " + backend + ": expected one of " + String.join(", ", Backends.names()));
    }
    if (device != null && !takesDevice(backend)) {
      throw usage("--device " + device + ": has a meaning only with --backend " + DEVICE_BACKEND + " or " + Backends.AUTO);
    }
    if (threads < 0 || threads > MOST_THREADS) {
      throw usage("--threads " + threads + ": expected 1 to " + MOST_THREADS + ", or 0 for one on each physical core");
    }
    return LoadOptions.defaults().withBackend(backend).withDevice(device).withThreads(threads).withListener(listener);
  }

  static boolean takesDevice(String backend) {
    return backend.equals(DEVICE_BACKEND) || backend.equals(Backends.AUTO);
  }

  ParameterException usage(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
