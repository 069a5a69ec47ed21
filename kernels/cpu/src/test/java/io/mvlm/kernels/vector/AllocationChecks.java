package io.mvlm.kernels.vector;

import com.sun.management.ThreadMXBean;
import io.mvlm.core.Activation;
import io.mvlm.core.Backend;
import io.mvlm.core.Batch;
import io.mvlm.core.Execution;
import io.mvlm.core.KvCache;
import io.mvlm.core.Nonlinearity;
import io.mvlm.core.RotaryEmbedding;
import io.mvlm.core.Role;
import io.mvlm.core.TensorType;
import io.mvlm.core.Weight;
import io.mvlm.kernels.cpu.CpuBackend;
import io.mvlm.kernels.cpu.CpuKernels;
import io.mvlm.kernels.cpu.RandomTensors;
import java.lang.management.ManagementFactory;
import java.util.function.Consumer;

/**
 * C2 that gives up on a kernel boxes every vector: it runs a hundred times slower, and nothing but the allocation tells. Each operation is
 * called until it allocates no more than its handles (activations, tasks), and must do so before a deadline.
 */
public final class AllocationChecks implements AutoCloseable {
  /** Handles and tasks of one operation; one boxed vector is 48 bytes or more, and a call has thousands. */
  private static final long BYTES_PER_CALL = 4096;
  private static final int CALLS = 20;
  private static final long DEADLINE_NANOS = 10_000_000_000L;
  private static final int ROWS = 64;
  private static final int COLUMNS = 512;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** One worker, so that everything happens on the thread that is measured. */
  private final Backend backend;
  private final RandomTensors random = new RandomTensors(1);

  public AllocationChecks() {
    this(new VectorKernels());
  }

  /** Of kernels that call others, where boxing is not the only danger: every call has segments and tasks that must not outlive it. */
  public AllocationChecks(CpuKernels kernels) {
    backend = new CpuBackend(kernels, 1);
  }

  @Override
  public void close() {
    backend.close();
  }

  public void linear(TensorType type, int tokens) {
    Weight w = backend.prepare(Role.LINEAR, random.matrix(type, ROWS, COLUMNS, 0.01f));
    float[] x = random.floats(tokens * COLUMNS, 1);
    check("linear " + type + ", tokens " + tokens, ex -> ex.linear(ex.input(x, tokens, COLUMNS), w, null, Nonlinearity.IDENTITY));
  }

  public void nonlinearity(Nonlinearity f) {
    float[] x = random.floats(4096, 1);
    check(f.toString(), ex -> ex.apply(f, ex.input(x, 1, 4096)));
  }

  public void rows() {
    float[] x = random.floats(4096, 1);
    Weight gain = backend.prepare(Role.VECTOR, random.vector(512, 1));
    Weight taps = backend.prepare(Role.CONVOLUTION, random.tensor(TensorType.F32, 1, 512, 1, 3, 3));
    check("gatedSilu", ex -> ex.gatedSilu(ex.input(x, 2, 2048)));
    check("add", ex -> ex.add(ex.input(x, 1, 4096), ex.input(x, 1, 4096)));
    check("multiplyColumns", ex -> ex.multiplyColumns(ex.input(x, 8, 512), ex.input(x, 1, 512)));
    check("layerNorm", ex -> ex.layerNorm(ex.input(x, 8, 512), gain, gain, 1e-5f));
    check("rmsNorm", ex -> ex.rmsNorm(ex.input(x, 8, 512), gain, 1e-5f));
    check("depthwise", ex -> ex.depthwise(ex.input(x, 8, 512), 4, 2, taps, gain, 1));
    check("averagePool2", ex -> ex.averagePool2(ex.input(x, 8, 512), 4, 2));
  }

  public void attention() {
    float[] x = random.floats(40 * 3 * 64, 1);
    check("attention", ex -> {
      Activation qkv = ex.input(x, 40, 192);
      ex.attention(ex.columns(qkv, 0, 64), ex.columns(qkv, 64, 64), ex.columns(qkv, 128, 64), 64, 0.125f);
    });
  }

  /** @param rows 1: straight from the cache; more: through panels */
  public void causalAttention(TensorType type, int rows) {
    float[] x = random.floats(200 * 3 * 64, 1);
    try (KvCache cache = backend.newKvCache(new KvCache.Spec(1, 1, 64, 250, type))) {
      causal(cache, x, 200);
      check("causalAttention " + type + ", rows " + rows, ex -> {
        cache.truncate(200 - rows);
        Batch batch = Batch.of(cache, rows);
        Activation qkv = ex.input(x, rows, 192);
        Activation q = ex.columns(qkv, 0, 64);
        ex.rotate(q, 64, RotaryEmbedding.of(64, 10_000, 1, RotaryEmbedding.Pairing.ADJACENT), batch);
        ex.causalAttention(q, ex.columns(qkv, 64, 64), ex.columns(qkv, 128, 64), 0, batch, 0.125f);
      });
    }
  }

  private void causal(KvCache cache, float[] x, int rows) {
    try (Execution ex = backend.newExecution()) {
      ex.run(() -> {
        Activation qkv = ex.input(x, rows, 192);
        return ex.causalAttention(ex.columns(qkv, 0, 64), ex.columns(qkv, 64, 64), ex.columns(qkv, 128, 64), 0, Batch.of(cache, rows), 0.125f);
      });
    }
  }

  private void check(String what, Consumer<Execution> operation) {
    long deadline = System.nanoTime() + DEADLINE_NANOS;
    try (Execution ex = backend.newExecution()) {
      long perCall;
      do {
        perCall = ex.run(() -> {
          long before = THREADS.getCurrentThreadAllocatedBytes();
          for (int i = 0; i < CALLS; i++) {
            try (Execution.Scope _ = ex.scope()) {
              operation.accept(ex);
            }
          }
          return THREADS.getCurrentThreadAllocatedBytes() - before;
        }) / CALLS;
        if (System.nanoTime() > deadline) {
          throw new AssertionError(what + " still allocates " + perCall + " bytes a call");
        }
      } while (perCall > BYTES_PER_CALL);
    }
  }
}
