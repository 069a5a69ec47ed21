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
import io.mvlm.kernels.cpu.WorkerScratch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
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
  /** C2 compiles within seconds, but on a machine with other work in ten times as many. */
  private static final long DEADLINE_NANOS = 60_000_000_000L;
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

  /** Columns that are no whole number of blocks: the last one takes another way. */
  public void raggedLinear(TensorType type, int tokens) {
    int columns = COLUMNS - 27;
    Weight w = backend.prepare(Role.LINEAR, random.matrix(type, ROWS - 3, columns, 0.01f));
    Weight bias = backend.prepare(Role.VECTOR, random.vector(ROWS - 3, 1));
    float[] x = random.floats(tokens * columns, 1);
    check("ragged linear " + type + ", tokens " + tokens, ex -> ex.linear(ex.input(x, tokens, columns), w, bias, Nonlinearity.GELU));
  }

  public void embedding(TensorType type) {
    Weight table = backend.prepare(Role.EMBEDDING, random.matrix(type, ROWS, COLUMNS, 0.01f));
    check("embedding " + type, ex -> ex.embedding(table, 1, 17, 63));
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
    check("depthwise, stride 1", ex -> ex.depthwise(ex.input(x, 8, 512), 4, 2, taps, gain, 1));
    check("depthwise, stride 2", ex -> ex.depthwise(ex.input(x, 8, 512), 4, 2, taps, null, 2));
    check("averagePool2", ex -> ex.averagePool2(ex.input(x, 8, 512), 4, 2));
    check("globalAveragePool", ex -> ex.globalAveragePool(ex.input(x, 8, 512)));
  }

  public void patchEmbedding() {
    float[] x = random.floats(3 * 28 * 28, 1);
    Weight kernel = backend.prepare(Role.CONVOLUTION, random.tensor(TensorType.F16, 0.01f, 64, 3, 14, 14));
    check("patchEmbedding", ex -> ex.patchEmbedding(ex.input(x, 3 * 28, 28), kernel));
  }

  public void rotation(RotaryEmbedding.Pairing pairing) {
    float[] x = random.floats(8 * 128, 1);
    RotaryEmbedding rope = RotaryEmbedding.of(64, 10_000, 1, pairing);
    try (KvCache cache = backend.newKvCache(new KvCache.Spec(1, 1, 64, 8, TensorType.F16))) {
      check("rotate " + pairing, ex -> ex.rotate(ex.input(x, 8, 128), 64, rope, Batch.of(cache, 8)));
    }
  }

  /** The kernels that measure the machine. */
  public void ceilings() {
    CpuKernels kernels = new VectorKernels();
    WorkerScratch scratch = new WorkerScratch();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment memory = arena.allocate(1 << 16, 64);
      check("sumWords", ex -> kernels.sumWords(memory, 0, 1 << 16));
    }
    check("multiplyAddPeak", ex -> kernels.multiplyAddPeak(1000, scratch));
  }

  public void attention(int headSize) {
    float[] x = random.floats(40 * 3 * headSize, 1);
    check("attention, heads of " + headSize, ex -> {
      Activation qkv = ex.input(x, 40, 3 * headSize);
      ex.attention(ex.columns(qkv, 0, headSize), ex.columns(qkv, headSize, headSize), ex.columns(qkv, 2 * headSize, headSize), headSize, 0.125f);
    });
  }

  /**
   * Two query heads share one key/value head.
   *
   * @param rows 1: straight from the cache; more: through panels
   */
  public void causalAttention(TensorType type, int headSize, int rows) {
    float[] x = random.floats(200 * 4 * headSize, 1);
    try (KvCache cache = backend.newKvCache(new KvCache.Spec(1, 1, headSize, 250, type)); Execution first = backend.newExecution()) {
      first.run(() -> causal(first, cache, x, 200, headSize));
      check("causalAttention " + type + ", heads of " + headSize + ", rows " + rows, ex -> {
        cache.truncate(200 - rows);
        causal(ex, cache, x, rows, headSize);
      });
    }
  }

  private static Activation causal(Execution ex, KvCache cache, float[] x, int rows, int headSize) {
    Activation qkv = ex.input(x, rows, 4 * headSize);
    return ex.causalAttention(ex.columns(qkv, 0, 2 * headSize), ex.columns(qkv, 2 * headSize, headSize),
        ex.columns(qkv, 3 * headSize, headSize), 0, Batch.of(cache, rows), 0.125f);
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
