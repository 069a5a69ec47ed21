package io.mvlm.bench;

import io.mvlm.core.Backend;
import io.mvlm.core.BackendUnavailableException;
import io.mvlm.model.Backends;
import io.mvlm.model.LoadOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * {@code java -jar benchmarks.jar}: without arguments a choice of kernels on the fastest backend, in a minute or two; with arguments JMH
 * itself, of which {@code -h} lists the options and {@code -l} the benchmarks.
 */
public final class Main {
  private static final int ITERATIONS = 3;
  private static final TimeValue TIME = TimeValue.milliseconds(250);

  /** What is measured by default. */
  private static final List<Choice> CHOICES = List.of(
      Choice.of(Gemv.class, "multiply", "type", "Q4_0", "shape", "2048x2048"),
      Choice.of(Gemv.class, "multiply", "type", "Q4_0", "shape", "memory"),
      Choice.of(Gemv.class, "multiply", "type", "Q8_0", "shape", "memory"),
      Choice.of(Gemv.class, "multiply", "type", "Q6_K", "shape", "memory"),
      Choice.of(Gemm.class, "multiply", "type", "Q4_0", "shape", "208x2048x5632"),
      Choice.of(Gemm.class, "multiply", "type", "Q6_K", "shape", "208x2048x5632"),
      Choice.of(Gemm.class, "multiply", "type", "F16", "shape", "577x4096x1024"),
      Choice.of(Attention.class, "full"),
      Choice.of(CausalAttention.class, "attend", "rows", "208@0", "kv", "F16"),
      Choice.of(CausalAttention.class, "attend", "rows", "1@500", "kv", "F16"),
      Choice.of(CausalAttention.class, "attend", "rows", "1@2000", "kv", "F16"),
      Choice.of(Norms.class, "layerNorm"),
      Choice.of(Norms.class, "rmsNorm"),
      Choice.of(Activations.class, "apply", "f", "GELU"),
      Choice.of(Activations.class, "apply", "f", "GELU_QUICK"),
      Choice.of(GatedSilu.class, "apply"),
      Choice.of(Rotation.class, "rotate", "pairing", "ADJACENT"),
      Choice.of(Convolution.class, "depthwiseStride1"),
      Choice.of(Convolution.class, "depthwiseStride2"),
      Choice.of(Convolution.class, "averagePool"),
      Choice.of(Quantization.class, "quantize", "columns", "2048"),
      Choice.of(Embedding.class, "lookUp", "type", "Q4_0", "tokens", "208"));

  /**
   * One benchmark with one value of each parameter.
   *
   * @param parameters names and values in turn
   */
  private record Choice(Class<?> family, String method, String... parameters) {
    static Choice of(Class<?> family, String method, String... parameters) {
      return new Choice(family, method, parameters);
    }

    /** JMH's pattern for it. */
    String pattern() {
      return "^" + family.getCanonicalName().replace(".", "\\.") + "\\." + method + "$";
    }

    @Override
    public String toString() {
      List<String> values = new ArrayList<>();
      for (int i = 1; i < parameters.length; i += 2) {
        values.add(parameters[i]);
      }
      return family.getSimpleName() + "." + method + (values.isEmpty() ? "" : " " + String.join(" ", values));
    }
  }

  private Main() {}

  public static void main(String[] arguments) throws IOException, RunnerException {
    if (arguments.length > 0) {
      org.openjdk.jmh.Main.main(arguments);
      return;
    }
    String backend = fastest();
    System.out.printf("backend %s, %d kernels; -h lists JMH's options, -l all benchmarks%n%n", backend, CHOICES.size());
    System.out.printf("%-42s %12s %10s %10s %12s%n", "kernel", "µs a call", "GB/s", "GMAC/s", "of roofline");
    for (Choice choice : CHOICES) {
      for (RunResult result : new Runner(options(choice, backend)).run()) {
        print(choice, result);
      }
    }
  }

  /** Whether the Vector API is there only the JVMs of the benchmarks can tell; whether generated code serves, this one can. */
  private static String fastest() {
    try (Backend _ = Backends.open(LoadOptions.defaults().withBackend(KernelBenchmark.CODEGEN))) {
      return KernelBenchmark.CODEGEN;
    } catch (BackendUnavailableException notHere) {
      return KernelBenchmark.VECTOR;
    }
  }

  private static org.openjdk.jmh.runner.options.Options options(Choice choice, String backend) {
    ChainedOptionsBuilder options = new OptionsBuilder().include(choice.pattern()).param("backend", backend).verbosity(VerboseMode.SILENT)
        .warmupIterations(ITERATIONS).warmupTime(TIME).measurementIterations(ITERATIONS).measurementTime(TIME).shouldFailOnError(true);
    for (int i = 0; i < choice.parameters.length; i += 2) {
      options.param(choice.parameters[i], choice.parameters[i + 1]);
    }
    return options.build();
  }

  private static void print(Choice choice, RunResult result) {
    @SuppressWarnings("rawtypes")
    Map<String, Result> counters = result.getSecondaryResults();
    System.out.printf(Locale.ROOT, "%-42s %12.2f %10.2f %10.2f %12.3f%n", choice, 1e6 / result.getPrimaryResult().getScore(),
        counters.get("gigabytes").getScore(), counters.get("gigaMultiplyAdds").getScore(), counters.get("ofRoofline").getScore());
  }
}
