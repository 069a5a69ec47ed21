package io.mvlm.kernels.vector;

import io.mvlm.core.Activation;
import io.mvlm.core.Batch;
import io.mvlm.core.Execution;
import io.mvlm.core.KvCache;
import io.mvlm.core.Nonlinearity;
import io.mvlm.core.Role;
import io.mvlm.core.Shape;
import io.mvlm.core.Tensor;
import io.mvlm.core.TensorType;
import io.mvlm.core.Weight;
import io.mvlm.kernels.cpu.CpuBackend;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;

/**
 * Gets kernels compiled while a model is still being read: until C2 has seen enough of them they run a thousand times slower, and then on
 * every worker at once. One background thread calls them on tiny shapes, each kind once in the life of the JVM, until they are fast.
 */
final class WarmUp {
  private static final int ROWS = 32;
  private static final int COLUMNS = 512;
  private static final int HEAD = 64;
  /** A compiled round takes some 50 µs; one that is not takes milliseconds. */
  private static final long FAST_NANOS = 150_000;
  private static final int FAST_ROUNDS = 30;
  private static final long BUDGET_NANOS = 1_000_000_000;

  private static final Set<TensorType> SEEN = ConcurrentHashMap.newKeySet();
  private static final Executor THREAD = Executors.newSingleThreadExecutor(task -> {
    Thread thread = new Thread(task, "mvlm-warm-up");
    thread.setDaemon(true);
    return thread;
  });

  private WarmUp() {}

  /** Asks for the kernels that a model with weights of this type needs; returns at once. */
  static void request(TensorType type) {
    if (SEEN.add(type)) {
      boolean first = SEEN.size() == 1;
      THREAD.execute(() -> run(type, first));
    }
  }

  private static void run(TensorType type, boolean others) {
    try (CpuBackend backend = new CpuBackend(new VectorKernels(), 1); Execution e = backend.newExecution()) {
      Tensor zeros = new Tensor("warm-up", type, Shape.of(ROWS, COLUMNS), (offset, target) -> target.fill((byte) 0));
      Weight weight = backend.prepare(Role.LINEAR, zeros);
      float[] values = new float[8 * COLUMNS];
      Arrays.fill(values, 0.5f);
      repeat(() -> e.run(() -> {
        e.linear(e.input(values, 8, COLUMNS), weight, null, Nonlinearity.GELU_QUICK);
        return e.linear(e.input(values, 1, COLUMNS), weight, null, Nonlinearity.IDENTITY);
      }));
      if (others) {
        Weight gain = backend.prepare(Role.VECTOR, Tensor.ofFloats("warm-up", Shape.of(COLUMNS), new float[COLUMNS]));
        KvCache.Spec spec = new KvCache.Spec(1, 1, HEAD, 64, TensorType.F16);
        repeat(() -> {
          try (KvCache cache = backend.newKvCache(spec)) {
            e.run(() -> pass(e, e.input(values, 8, COLUMNS), gain, cache));
          }
        });
      }
    }
  }

  private static Activation pass(Execution e, Activation x, Weight gain, KvCache cache) {
    Activation h = e.rmsNorm(e.layerNorm(x, gain, gain, 1e-5f), gain, 1e-5f);
    Activation head = e.columns(h, 0, HEAD);
    e.attention(head, head, head, HEAD, 0.1f);
    e.causalAttention(head, head, head, 0, Batch.of(cache, 8), 0.1f);
    Activation one = e.rows(head, 0, 1);
    e.causalAttention(one, one, one, 0, Batch.of(cache, 1), 0.1f);
    return e.gatedSilu(h);
  }

  private static void repeat(Runnable round) {
    long end = System.nanoTime() + BUDGET_NANOS;
    int fast = 0;
    for (long now = System.nanoTime(); fast < FAST_ROUNDS && now < end; ) {
      round.run();
      long after = System.nanoTime();
      fast = after - now < FAST_NANOS ? fast + 1 : 0;
      now = after;
    }
  }
}
