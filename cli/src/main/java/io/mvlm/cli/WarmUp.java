package io.mvlm.cli;

import io.mvlm.core.Activation;
import io.mvlm.core.Backend;
import io.mvlm.core.Batch;
import io.mvlm.core.Execution;
import io.mvlm.core.KvCache;
import io.mvlm.core.Nonlinearity;
import io.mvlm.core.Role;
import io.mvlm.core.RotaryEmbedding;
import io.mvlm.core.Shape;
import io.mvlm.core.Tensor;
import io.mvlm.core.TensorType;
import io.mvlm.core.Weight;
import io.mvlm.gguf.GgufFile;
import io.mvlm.model.Backends;
import io.mvlm.model.LoadListener;
import io.mvlm.model.LoadOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Has the JVM compile the kernels that a model will need while its file is read: the operations of a vision transformer's and of a LLaMA's block,
 * on small zeros, over and over, on a backend of their own. Otherwise the first matrices of real size are multiplied by code that is still
 * interpreted, where a vector operation takes microseconds, and C2 is kept busy with the parts of such operations.
 */
final class WarmUp implements AutoCloseable {
  private static final String VECTOR = "vector";
  /** Those that use the Vector API, or may. */
  private static final Set<String> BACKENDS = Set.of(Backends.AUTO, "codegen", VECTOR);
  /** More calls of each kernel than C2 waits for with the launcher's flags. */
  static final int ROUNDS = 150;
  /** A super-block of each type. */
  private static final int COLUMNS = 256;
  /** Rows of a matrix: whole panels and bundles. */
  private static final int ROWS = 64;
  /** Of a prompt: a whole tile, and one that is not. */
  private static final int TOKENS = 9;
  /** Patches along the edge of a picture. */
  private static final int SIDE = 4;
  private static final int HEADS = 2;
  private static final int HEAD = 32;
  /** Queries, keys or values of all heads. */
  private static final int WIDTH = HEADS * HEAD;
  private static final float EPS = 1e-5f;
  private static final RotaryEmbedding ROPE = RotaryEmbedding.of(HEAD, 10_000, 1, RotaryEmbedding.Pairing.ADJACENT);

  /** One that does nothing. */
  static final WarmUp NONE = new WarmUp();

  private volatile boolean closed;

  /**
   * Begins in the background; ends when all is compiled, or with {@link #close}. There is nothing to do on a device.
   *
   * @param files the models, null for those that are not there
   */
  static WarmUp start(LoadOptions options, GgufFile... files) {
    if (options.device() != null || !BACKENDS.contains(options.backend())) {
      return NONE;
    }
    WarmUp warmUp = new WarmUp();
    Set<TensorType> types = Backends.matrixTypes(files);
    HeadStart.begin("mvlm-warm-up", () -> warmUp.run(options, types));
    return warmUp;
  }

  /** Ends after the round at work: milliseconds, or the compilation that it waits for. */
  @Override
  public void close() {
    closed = true;
  }

  /** Warms up in this thread. @param types of the matrices; returns the rounds that were done */
  int run(LoadOptions options, Set<TensorType> types) {
    try (Backend backend = Backends.open(options.withBackend(VECTOR).withThreads(1).withListener(LoadListener.SILENT));
        Execution execution = backend.newExecution();
        KvCache cache = backend.newKvCache(new KvCache.Spec(1, HEADS, HEAD, TOKENS + 1, options.kvType()))) {
      Blocks blocks = new Blocks(backend, execution, cache, types);
      int rounds = 0;
      while (rounds < ROUNDS && !closed) {
        execution.run(() -> {
          blocks.compute();
          return null;
        });
        rounds++;
      }
      return rounds;
    }
  }

  /** A block of a vision transformer and one of a LLaMA for each type of matrix. */
  private static final class Blocks {
    private final Execution execution;
    private final KvCache cache;
    private final List<Weight> matrices = new ArrayList<>();
    private final Weight rowVector;
    private final Weight columnVector;
    private final Weight kernel;

    Blocks(Backend backend, Execution execution, KvCache cache, Set<TensorType> types) {
      this.execution = execution;
      this.cache = cache;
      for (TensorType type : types) {
        matrices.add(backend.prepare(Role.LINEAR, zeros(type, ROWS, COLUMNS)));
      }
      rowVector = backend.prepare(Role.VECTOR, zeros(TensorType.F32, ROWS));
      columnVector = backend.prepare(Role.VECTOR, zeros(TensorType.F32, COLUMNS));
      kernel = backend.prepare(Role.CONVOLUTION, zeros(TensorType.F32, COLUMNS, 1, 3, 3));
    }

    private static Tensor zeros(TensorType type, long... shape) {
      return new Tensor("zeros", type, Shape.of(shape), (offset, destination) -> destination.fill((byte) 0));
    }

    void compute() {
      for (Weight matrix : matrices) {
        try (Execution.Scope _ = execution.scope()) {
          encodePicture(matrix);
          readTokens(matrix, TOKENS);
          readTokens(matrix, 1);
          cache.truncate(0);
        }
      }
    }

    /** What a vision transformer and a projector do. */
    private void encodePicture(Weight matrix) {
      Execution e = execution;
      Activation x = input(SIDE * SIDE, COLUMNS);
      Activation h = e.layerNorm(x, columnVector, columnVector, EPS);
      Activation y = e.linear(h, matrix, rowVector, Nonlinearity.GELU_QUICK);
      e.addLinear(y, h, matrix, rowVector);
      e.apply(Nonlinearity.GELU, y);
      Activation qkv = input(SIDE * SIDE, 3 * WIDTH);
      e.attention(e.columns(qkv, 0, WIDTH), e.columns(qkv, WIDTH, WIDTH), e.columns(qkv, 2 * WIDTH, WIDTH), HEAD, 1);
      Activation pooled = e.averagePool2(x, SIDE, SIDE);
      e.add(e.depthwise(pooled, SIDE / 2, SIDE / 2, kernel, columnVector, 1), pooled);
    }

    /** What a LLaMA does. */
    private void readTokens(Weight matrix, int count) {
      Execution e = execution;
      Batch batch = Batch.of(cache, count);
      Activation x = input(count, COLUMNS);
      Activation y = e.linear(e.rmsNorm(x, columnVector, EPS), matrix, null, Nonlinearity.IDENTITY);
      e.addLinear(y, x, matrix, null);
      e.gatedSilu(y);
      Activation qkv = input(count, 3 * WIDTH);
      e.rotate(e.columns(qkv, 0, 2 * WIDTH), HEAD, ROPE, batch);
      e.causalAttention(e.columns(qkv, 0, WIDTH), e.columns(qkv, WIDTH, WIDTH), e.columns(qkv, 2 * WIDTH, WIDTH), 0, batch, 1);
    }

    private Activation input(int rows, int columns) {
      return execution.input(new float[rows * columns], rows, columns);
    }
  }
}
