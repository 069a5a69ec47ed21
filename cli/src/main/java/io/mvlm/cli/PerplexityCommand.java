package io.mvlm.cli;

import com.google.gson.JsonObject;
import io.mvlm.model.MobileVlm;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.DoubleStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "perplexity", description = "Measure how well a language model expects a text, all of it in one context.")
final class PerplexityCommand implements Callable<Integer> {
  private final CliIo io;

  @Mixin
  private final ModelOptions model;

  @Option(names = "--json", description = "Print {\"tokens\":…,\"mean_nll\":…,\"perplexity\":…}.")
  private boolean json;

  @Parameters(paramLabel = "FILE", description = "The text, UTF-8; '-' reads standard input.")
  private String file;

  PerplexityCommand(CliIo io) {
    this.io = io;
    this.model = new ModelOptions(io);
  }

  @Override
  public Integer call() {
    ModelFile source = model.language();
    try (ModelLoading loading = new ModelLoading(io, model::toLoadOptions, source)) {
      String text = InputFiles.text(file, io);
      source.announce(io);
      try (MobileVlm vlm = loading.vlm()) {
        measure(vlm, text);
      }
    }
    return ExitCode.OK;
  }

  private void measure(MobileVlm vlm, String text) {
    int[] ids = TokenIds.withBos(vlm.tokenizer(), vlm.tokenizer().encode(text, false));
    if (ids.length < 2) {
      throw new CliException(ExitCode.DATA, file + ": found " + ids.length + " tokens, expected at least 2");
    }
    if (ids.length > vlm.contextLength()) {
      throw new CliException(ExitCode.DATA, file + ": found " + ids.length + " tokens, expected at most " + vlm.contextLength()
          + ", the length of the context (--ctx)");
    }
    print(ids.length, DoubleStream.of(vlm.negativeLogLikelihoods(ids)).average().orElseThrow());
  }

  private void print(int tokens, double mean) {
    if (!json) {
      io.out().println(String.format(Locale.ROOT, "perplexity %.4f (%d tokens, mean -log p %.5f)", Math.exp(mean), tokens, mean));
      return;
    }
    JsonObject result = new JsonObject();
    result.addProperty("tokens", tokens);
    result.add("mean_nll", Json.number(mean));
    result.add("perplexity", Json.number(Math.exp(mean)));
    io.out().println(Json.line(result));
  }
}
