package io.mvlm.cli;

import io.mvlm.core.CancelledException;
import io.mvlm.gguf.GgufFile;
import io.mvlm.model.Backends;
import io.mvlm.model.Benchmark;
import io.mvlm.model.BenchmarkPlan;
import io.mvlm.model.LoadOptions;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(name = "bench", description = {"Measure how fast models run here, and how much of the machine they use.",
    "The first rows are what the machine gives: bytes read straight on from memory, and 32-bit multiply-adds. Then pp208 is the prefill of a"
        + " prompt of 208 tokens, tg64 decoding of 64 tokens, tg64@d1000 the same behind 1000 tokens, and image the encoding of a picture."
        + " Decoding is compared with the memory, prefill and pictures with the multiply-adds."})
final class BenchCommand implements Callable<Integer> {
  private final CliIo io;

  @Option(names = {"-m", "--model"}, paramLabel = "LM.gguf",
      description = "The language model. Default: the one that MVLM_MODEL names.")
  private Path model;

  @Option(names = "--mmproj", paramLabel = "MMPROJ.gguf", description = "The vision model; adds the row image. Default: the one that"
      + " MVLM_MMPROJ names, with a language model from there.")
  private Path mmproj;

  @Option(names = "--backend", paramLabel = "NAME", split = ",", defaultValue = Backends.AUTO,
      description = "What computes, one or several: auto (the fastest that works here), codegen, vector, scalar, opencl."
          + " Default: ${DEFAULT-VALUE}.")
  private List<String> backends;

  @Option(names = "--device", paramLabel = "DEVICE",
      description = "The device of opencl, by its number or a part of its name; auto tries it first.")
  private String device;

  @Option(names = "--threads", paramLabel = "N", split = ",", defaultValue = "0",
      description = "Compute threads, one number or several. Default: one for each physical core.")
  private List<Integer> threads;

  @Option(names = "--prompt-tokens", paramLabel = "N", defaultValue = "208",
      description = "Length of the prompt; 0 leaves prefill out. Default: ${DEFAULT-VALUE}.")
  private int promptTokens;

  @Option(names = "--gen-tokens", paramLabel = "N", defaultValue = "64",
      description = "Tokens to decode; 0 leaves decoding out. Default: ${DEFAULT-VALUE}.")
  private int generatedTokens;

  @Option(names = "--depth", paramLabel = "N", split = ",", defaultValue = "0",
      description = "Tokens in the context before decoding, one number or several. Default: ${DEFAULT-VALUE}.")
  private List<Integer> depths;

  @Option(names = "--repetitions", paramLabel = "N", defaultValue = "5",
      description = "How often prefill and decoding are measured. Default: ${DEFAULT-VALUE}.")
  private int repetitions;

  @Option(names = "--image-repetitions", paramLabel = "N", defaultValue = "3",
      description = "How often the encoding of a picture is measured. Default: ${DEFAULT-VALUE}.")
  private int imageRepetitions;

  @Option(names = "--format", paramLabel = "FORMAT", description = "md (a table), csv or json. Default: md.")
  private BenchReport.Format format;

  @Option(names = "--json", description = "The same as --format json.")
  private boolean json;

  @Option(names = "--peer", paramLabel = "COMMAND",
      description = "Run another engine's benchmark too and compare: llama-bench, or one that understands its options.")
  private String peer;

  @Spec
  private CommandSpec command;

  BenchCommand(CliIo io) {
    this.io = io;
  }

  @Override
  public Integer call() {
    findModels();
    BenchmarkPlan plan = check();
    BenchReport report = new BenchReport(peer != null);
    prepareJvm();
    try (Interrupts.Scope interrupts = Interrupts.ofProcess().soften()) {
      try {
        measure(plan, report);
      } catch (CancelledException e) {
        if (!interrupts.interrupted()) {
          throw e;
        }
        return interrupts.exitCode();
      }
    }
    io.out().print(report.text(json ? BenchReport.Format.JSON : format == null ? BenchReport.Format.MD : format));
    return ExitCode.OK;
  }

  /** All backends are measured in one JVM: one that is good for each. */
  private void prepareJvm() {
    try (GgufFile text = GgufFile.open(model); GgufFile eyes = mmproj == null ? null : GgufFile.open(mmproj)) {
      for (String backend : backends) {
        Jvm.readyFor(LoadOptions.defaults().withBackend(backend).withDevice(device), text, eyes);
      }
    }
  }

  /** Takes from the environment what the options leave open. */
  private void findModels() {
    ModelFiles files = new ModelFiles(io.environment());
    ModelFile vision = files.visionFor(model, mmproj);
    if (!(files.language(model) instanceof ModelFile.OnDisk language)) {
      throw usage("--model is missing: name the language model to measure");
    }
    model = language.path();
    mmproj = vision instanceof ModelFile.OnDisk file ? file.path() : null;
  }

  private void measure(BenchmarkPlan plan, BenchReport report) {
    Map<Integer, Map<String, PeerBenchmark.Rate>> peers = new HashMap<>();
    for (String backend : backends) {
      for (int count : threads) {
        LoadOptions options = LoadOptions.defaults().withBackend(backend).withDevice(device).withThreads(count);
        // First, so that a peer that is not there costs nobody's time.
        Map<String, PeerBenchmark.Rate> others = peer == null ? Map.of() : peers.computeIfAbsent(options.computeThreads(), this::askPeer);
        try (BenchProgress progress = new BenchProgress(io, backend + " × " + options.computeThreads())) {
          report.add(Benchmark.run(model, mmproj, options.withListener(progress), plan, progress), others);
        }
      }
    }
  }

  private Map<String, PeerBenchmark.Rate> askPeer(int count) {
    return new PeerBenchmark(peer).run(model, promptTokens, generatedTokens, count, repetitions);
  }

  private BenchmarkPlan check() {
    if (json && format != null && format != BenchReport.Format.JSON) {
      throw usage("--json and --format " + format.name().toLowerCase(Locale.ROOT) + " exclude each other");
    }
    for (String backend : backends) {
      if (!Backends.names().contains(backend)) {
        throw usage("--backend " + backend + ": expected one of " + String.join(", ", Backends.names()));
      }
    }
    if (device != null && backends.stream().noneMatch(EngineOptions::takesDevice)) {
      throw usage("--device " + device + ": none of " + String.join(", ", backends) + " takes one, only opencl and auto do");
    }
    for (int count : threads) {
      if (count < 0 || count > EngineOptions.MOST_THREADS) {
        throw usage("--threads " + count + ": expected 1 to " + EngineOptions.MOST_THREADS);
      }
    }
    if (promptTokens == 0 && generatedTokens == 0 && mmproj == null) {
      throw usage("nothing to measure: give --prompt-tokens, --gen-tokens or --mmproj");
    }
    if (peer != null && promptTokens == 0 && generatedTokens == 0) {
      throw usage("--peer measures prefill and decoding: give --prompt-tokens or --gen-tokens");
    }
    try {
      return new BenchmarkPlan(promptTokens, generatedTokens, depths, repetitions, imageRepetitions);
    } catch (IllegalArgumentException e) {
      throw usage(e.getMessage());
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
