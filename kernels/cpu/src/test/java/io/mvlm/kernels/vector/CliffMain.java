package io.mvlm.kernels.vector;

import io.mvlm.core.Activation;
import io.mvlm.core.Backend;
import io.mvlm.core.Batch;
import io.mvlm.core.Execution;
import io.mvlm.core.KvCache;
import io.mvlm.core.Nonlinearity;
import io.mvlm.core.Role;
import io.mvlm.core.TensorType;
import io.mvlm.core.Weight;
import io.mvlm.kernels.cpu.CpuBackend;
import io.mvlm.kernels.cpu.RandomTensors;
import io.mvlm.kernels.cpu.ScalarKernels;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;
import java.util.function.Function;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.ShortVector;

/**
 * Compares each vector kernel with its scalar twin, on one thread of this JVM. The best of several rounds counts on both sides, and a kernel
 * that seems slow gets more rounds: what is looked for is a factor of a hundred, not a few per cent. Prints the rates; exits with 1 if a
 * kernel does not reach {@link #FACTOR} times the scalar rate.
 */
final class CliffMain {
  /** Property: whether vectors are loaded from all kinds of arrays and stored to them first, as a program around this may do. */
  static final String ARRAYS_FIRST = "arraysFirst";
  private static final int ARRAY_COPIES = 20_000;

  /** Four lanes instead of eight or more leave plain loops nearer. */
  private static final double FACTOR = Lanes.LANES >= 8 ? 3 : 1.5;
  /** Either side is measured for this long at least, which is enough for the compiler … */
  private static final long LEAST_NANOS = 120_000_000L;
  /** … and both together for no longer than this. */
  private static final long MOST_NANOS = 4_000_000_000L;
  /** A round of calls. */
  private static final long ROUND_NANOS = 4_000_000L;

  private static final int ROWS = 128;
  private static final int COLUMNS = 512;
  private static final int MANY_TOKENS = 16;
  private static final int HEAD = 64;
  private static final int POSITIONS = 512;

  private final Backend vector = new CpuBackend(new VectorKernels(), 1);
  private final Backend scalar = new CpuBackend(new ScalarKernels(), 1);
  private final RandomTensors random = new RandomTensors(1);
  private final List<String> slow = new ArrayList<>();

  private CliffMain() {}

  public static void main(String[] arguments) {
    if (Boolean.getBoolean(ARRAYS_FIRST)) {
      copyArrays();
    }
    CliffMain guard = new CliffMain();
    for (TensorType type : TensorType.values()) {
      guard.linear(type, 1);
      guard.linear(type, MANY_TOKENS);
    }
    guard.attention();
    for (TensorType type : new TensorType[] {TensorType.F16, TensorType.F32}) {
      guard.causalAttention(type, 1);
      guard.causalAttention(type, MANY_TOKENS);
    }
    guard.rows();
    guard.slow.forEach(line -> System.out.println("TOO SLOW: " + line));
    System.exit(guard.slow.isEmpty() ? 0 : 1);
  }

  private static void copyArrays() {
    MemorySegment[] arrays = {MemorySegment.ofArray(new byte[64]), MemorySegment.ofArray(new short[32]), MemorySegment.ofArray(new int[16]),
        MemorySegment.ofArray(new float[16]), MemorySegment.ofArray(new long[8])};
    for (int i = 0; i < ARRAY_COPIES; i++) {
      for (MemorySegment array : arrays) {
        FloatVector.fromMemorySegment(Lanes.FLOATS, array, 0, Lanes.ORDER).intoMemorySegment(array, 0, Lanes.ORDER);
        IntVector.fromMemorySegment(Lanes.INTS, array, 0, Lanes.ORDER).intoMemorySegment(array, 0, Lanes.ORDER);
        ByteVector.fromMemorySegment(ByteVector.SPECIES_PREFERRED, array, 0, Lanes.ORDER).intoMemorySegment(array, 0, Lanes.ORDER);
        ShortVector.fromMemorySegment(ShortVector.SPECIES_PREFERRED, array, 0, Lanes.ORDER).intoMemorySegment(array, 0, Lanes.ORDER);
        LongVector.fromMemorySegment(LongVector.SPECIES_PREFERRED, array, 0, Lanes.ORDER).intoMemorySegment(array, 0, Lanes.ORDER);
      }
    }
  }

  private void linear(TensorType type, int tokens) {
    float[] x = random.floats(tokens * COLUMNS, 1);
    var matrix = random.matrix(type, ROWS, COLUMNS, 0.01f);
    compare("linear " + type + ", tokens " + tokens, (double) tokens * ROWS * COLUMNS, backend -> backend.prepare(Role.LINEAR, matrix),
        (ex, w) -> ex.linear(ex.input(x, tokens, COLUMNS), w, null, Nonlinearity.IDENTITY));
  }

  private void attention() {
    float[] x = random.floats(POSITIONS * 3 * HEAD, 1);
    compare("attention", 2.0 * POSITIONS * POSITIONS * HEAD, backend -> null, (ex, none) -> {
      Activation qkv = ex.input(x, POSITIONS, 3 * HEAD);
      ex.attention(ex.columns(qkv, 0, HEAD), ex.columns(qkv, HEAD, HEAD), ex.columns(qkv, 2 * HEAD, HEAD), HEAD, 0.125f);
    });
  }

  /** Four query heads over one key/value head that holds {@link #POSITIONS} before the new rows. */
  private void causalAttention(TensorType type, int rows) {
    float[] x = random.floats(POSITIONS * 6 * HEAD, 1);
    double pairs = rows * (POSITIONS + (rows + 1) / 2.0);
    compare("causalAttention " + type + ", rows " + rows, 4 * 2 * pairs * HEAD, backend -> {
      KvCache cache = backend.newKvCache(new KvCache.Spec(1, 1, HEAD, POSITIONS + rows, type));
      try (Execution ex = backend.newExecution()) {
        ex.run(() -> causal(ex, cache, x, POSITIONS));
      }
      return cache;
    }, (ex, cache) -> {
      cache.truncate(POSITIONS);
      causal(ex, cache, x, rows);
    });
  }

  private static Activation causal(Execution ex, KvCache cache, float[] x, int rows) {
    Activation qkv = ex.input(x, rows, 6 * HEAD);
    return ex.causalAttention(ex.columns(qkv, 0, 4 * HEAD), ex.columns(qkv, 4 * HEAD, HEAD), ex.columns(qkv, 5 * HEAD, HEAD), 0,
        Batch.of(cache, rows), 0.125f);
  }

  private void rows() {
    int values = 8 * COLUMNS;
    float[] x = random.floats(values, 1);
    var gainTensor = random.vector(COLUMNS, 1);
    Function<Backend, Weight> gain = backend -> backend.prepare(Role.VECTOR, gainTensor);
    compare("layerNorm", values, gain, (ex, g) -> ex.layerNorm(ex.input(x, 8, COLUMNS), g, g, 1e-5f));
    compare("rmsNorm", values, gain, (ex, g) -> ex.rmsNorm(ex.input(x, 8, COLUMNS), g, 1e-5f));
    for (Nonlinearity f : new Nonlinearity[] {Nonlinearity.GELU, Nonlinearity.GELU_TANH, Nonlinearity.GELU_QUICK, Nonlinearity.SILU}) {
      compare(f.toString(), values, backend -> null, (ex, none) -> ex.apply(f, ex.input(x, 8, COLUMNS)));
    }
    compare("gatedSilu", values / 2.0, backend -> null, (ex, none) -> ex.gatedSilu(ex.input(x, 4, 2 * COLUMNS)));
  }

  /**
   * @param work multiply-adds or values of one call
   * @param preparation makes what the operation needs beside its input
   */
  private <T> void compare(String what, double work, Function<Backend, T> preparation, BiConsumer<Execution, T> operation) {
    T forVector = preparation.apply(vector);
    T forScalar = preparation.apply(scalar);
    double fast = 0;
    double plain = 0;
    try (Execution vectorRun = vector.newExecution(); Execution scalarRun = scalar.newExecution()) {
      long begin = System.nanoTime();
      long spent;
      do {
        fast = Math.max(fast, work * callsPerSecond(vectorRun, forVector, operation));
        plain = Math.max(plain, work * callsPerSecond(scalarRun, forScalar, operation));
        spent = System.nanoTime() - begin;
      } while (spent < 2 * LEAST_NANOS || fast < FACTOR * plain && spent < MOST_NANOS);
    }
    String line = String.format(Locale.ROOT, "%s: vector %.3f, scalar %.3f 10⁹ a second, factor %.1f, expected at least %.1f", what, fast / 1e9,
        plain / 1e9, fast / plain, FACTOR);
    System.out.println(line);
    if (fast < FACTOR * plain) {
      slow.add(line);
    }
  }

  private static <T> double callsPerSecond(Execution ex, T prepared, BiConsumer<Execution, T> operation) {
    return ex.run(() -> {
      long begin = System.nanoTime();
      int calls = 0;
      long spent;
      do {
        try (Execution.Scope _ = ex.scope()) {
          operation.accept(ex, prepared);
        }
        calls++;
        spent = System.nanoTime() - begin;
      } while (spent < ROUND_NANOS);
      return calls * 1e9 / spent;
    });
  }
}
