package io.mvlm.bench;

import io.mvlm.core.Activation;
import io.mvlm.core.Backend;
import io.mvlm.core.Execution;
import io.mvlm.core.Roofline;
import io.mvlm.model.Backends;
import io.mvlm.model.LoadOptions;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What the benchmarks of all kernels share: a backend, found by its name among those on the class path, its roofline, and calls in passes of
 * {@link #CALLS}, so that the hand-off to the workers counts for little. One JMH thread drives it; the backend has threads of its own.
 * The JVM has the options with which the launcher of {@code mvlm.jar} starts one for the Vector API, but for those that have kernels
 * compiled early.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow", "-Djdk.incubator.vector.VECTOR_ACCESS_OOB_CHECK=0", "-XX:CompileCommand=quiet",
    "-XX:CompileCommand=dontinline,io.mvlm.kernels.vector.BlockScales::*",
    "-XX:CompileCommand=dontinline,io.mvlm.kernels.vector.ChunkPacker::pack",
    "-XX:CompileCommand=dontinline,io.mvlm.kernels.vector.F32Tile::*",
    "-XX:CompileCommand=dontinline,io.mvlm.kernels.vector.HalfMatrix::lambda*",
    "-XX:CompileCommand=dontinline,io.mvlm.kernels.vector.HalfMatrix::multiply*",
    "-XX:CompileCommand=dontinline,io.mvlm.kernels.vector.HalfMatrix::unpack*",
    "-XX:CompileCommand=dontinline,io.mvlm.kernels.vector.IntegerProducts::*",
    "-XX:CompileCommand=dontinline,io.mvlm.kernels.vector.PanelMatrix::multiply*",
    "-XX:CompileCommand=dontinline,io.mvlm.kernels.vector.QuantMatrix::add*",
    "-XX:CompileCommand=dontinline,io.mvlm.kernels.vector.QuantMatrix::lambda*",
    "-XX:CompileCommand=dontinline,io.mvlm.kernels.vector.QuantMatrix::multiplyBundle",
    "-XX:CompileCommand=dontinline,io.mvlm.kernels.vector.QuantMatrix::unpack*",
    "-XX:CompileCommand=dontinline,io.mvlm.kernels.vector.Unpacking::*",
    "-XX:CompileCommand=dontinline,io.mvlm.kernels.vector.VectorAttention::*",
    "-XX:CompileCommand=dontinline,io.mvlm.kernels.vector.VectorMath::*",
    "-XX:CompileCommand=dontinline,io.mvlm.kernels.vector.VectorRows::*",
    "-XX:CompileCommand=dontinline,io.mvlm.kernels.cpu.RowReader::read",
    "-XX:CompileCommand=dontinline,java.lang.foreign.MemorySegment::copy"})
public abstract class KernelBenchmark {
  static final String CODEGEN = "codegen";
  static final String VECTOR = "vector";

  /** Calls in one pass. */
  static final int CALLS = 8;

  /** A backend's name; {@code -p backend=NAME} leaves the others out, such as {@code codegen} where the processor has none. */
  @Param({CODEGEN, VECTOR, "scalar"})
  public String backend;

  /** Compute threads of the backend; 0 = one for each physical core. */
  @Param("0")
  public int threads;

  Backend device;
  private Execution execution;
  private Roofline roofline;

  @Setup(Level.Trial)
  public void open() {
    device = Backends.open(LoadOptions.defaults().withBackend(backend).withThreads(threads));
    roofline = device.measureRoofline();
    execution = device.newExecution();
    prepare();
  }

  @TearDown(Level.Trial)
  public void close() {
    execution.close();
    device.close();
  }

  /** Makes weights and inputs. */
  abstract void prepare();

  Roofline roofline() {
    return roofline;
  }

  /**
   * One pass.
   *
   * @param bytes of one call
   * @param multiplyAdds of one call
   * @param input made once for the pass
   */
  final void pass(Rates rates, double bytes, double multiplyAdds, Function<Execution, Activation> input,
      BiConsumer<Execution, Activation> call) {
    execution.run(() -> {
      Activation x = input.apply(execution);
      for (int i = 0; i < CALLS; i++) {
        try (Execution.Scope _ = execution.scope()) {
          call.accept(execution, x);
        }
      }
      return null;
    });
    rates.add(CALLS, bytes, multiplyAdds, roofline);
  }
}
