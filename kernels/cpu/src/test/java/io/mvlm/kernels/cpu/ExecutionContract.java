package io.mvlm.kernels.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.Activation;
import io.mvlm.core.Backend;
import io.mvlm.core.Batch;
import io.mvlm.core.Cancellation;
import io.mvlm.core.CancelledException;
import io.mvlm.core.Execution;
import io.mvlm.core.KvCache;
import io.mvlm.core.Nonlinearity;
import io.mvlm.core.Role;
import io.mvlm.core.RotaryEmbedding;
import io.mvlm.core.Shape;
import io.mvlm.core.Tensor;
import io.mvlm.core.TensorType;
import io.mvlm.core.Weight;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@link Execution} says beside arithmetic: cases that every backend must pass. */
public abstract class ExecutionContract {
  private Backend backend;
  private Execution ex;

  /** Opens what a case runs on; closed behind it. */
  protected abstract Backend open();

  @BeforeEach
  protected final void openBackend() {
    backend = open();
    ex = backend.newExecution();
  }

  @AfterEach
  protected final void closeBackend() {
    if (backend != null) { // there may be no device
      backend.close();
    }
  }

  protected final Backend backend() {
    return backend;
  }

  protected final Execution execution() {
    return ex;
  }

  @Test
  void viewsShareMemoryAndCopiesDoNot() {
    float[] x = {1, 2, 3, 4, 5, 6};
    ex.run(() -> {
      Activation a = ex.input(x, 3, 2);
      x[0] = 100; // was copied
      assertArrayEquals(new float[] {1, 3, 5}, ex.read(ex.columns(a, 0, 1)));
      assertArrayEquals(new float[] {3, 4}, ex.read(ex.rows(a, 1, 1)));
      assertArrayEquals(new float[] {4}, ex.read(ex.columns(ex.rows(a, 1, 1), 1, 1)));
      assertArrayEquals(new float[] {5, 6, 1, 2, 5, 6}, ex.read(ex.gatherRows(a, 2, 0, 2)));
      assertArrayEquals(new float[] {2, 4, 6, 2}, ex.read(ex.concatRows(ex.columns(a, 1, 1), ex.columns(ex.rows(a, 0, 1), 1, 1))));
      assertArrayEquals(new float[0], ex.read(ex.gatherRows(a)));
      return null;
    });
  }

  @Test
  void outerResultsSurviveInnerScopes() {
    float[] values = new RandomTensors(1).floats(3 << 20, 1);
    ex.run(() -> {
      Activation kept = ex.input(values, 1, 1000);
      for (int i = 0; i < 3; i++) {
        try (Execution.Scope _ = ex.scope()) {
          ex.add(ex.input(values, 3, 1 << 20), ex.input(values, 3, 1 << 20));
          ex.input(values, 7, 13);
        }
      }
      Activation after = ex.apply(Nonlinearity.IDENTITY, kept);
      assertArrayEquals(ex.read(kept), ex.read(after));
      assertEquals(values[999], ex.read(kept)[999]);
      return null;
    });
  }

  @Test
  void weightsAsActivations() {
    Weight w = backend.prepare(Role.VECTOR, Tensor.ofFloats("w", Shape.of(2, 2), 1, 2, 3, 4));
    Weight stacked = backend.prepare(Role.VECTOR, Tensor.ofFloats("a", Shape.of(1), 7), Tensor.ofFloats("b", Shape.of(2), 8, 9));
    ex.run(() -> {
      assertEquals(2, ex.constant(w).rows());
      assertArrayEquals(new float[] {7, 8, 9}, ex.read(ex.constant(stacked)));
      return null;
    });
  }

  @Test
  void rowsThatAreNotThereAreRefused() {
    Weight table = table();
    assertThrows(IndexOutOfBoundsException.class, () -> ex.run(() -> ex.embedding(table, 5)));
    assertThrows(IndexOutOfBoundsException.class, () -> ex.run(() -> ex.embedding(table, -1)));
    assertThrows(IndexOutOfBoundsException.class, () -> ex.run(() -> ex.gatherRows(x(2, 2), 2)));
    goesOnAsBefore(table);
  }

  @Test
  void tensorsThatDoNotStackAreRefused() {
    Tensor wide = Tensor.ofFloats("a", Shape.of(1, 2), 1, 2);
    Tensor narrow = Tensor.ofFloats("b", Shape.of(1, 1), 1);
    assertThrows(IllegalArgumentException.class, () -> backend.prepare(Role.LINEAR, wide, narrow));
  }

  @Test
  void misfitsAreRefused() {
    refused("top 5: expected one row of at least as many columns, found [1, 4]", () -> ex.top(x(1, 4), 5));
    refused("top 1: expected one row of at least as many columns, found [2, 2]", () -> ex.top(x(2, 2), 1));
    refused("columns: expected 2 columns from 1 on, found [2, 2]", () -> ex.columns(x(2, 2), 1, 2));
    refused("rows: expected 1 rows from 2 on, found [2, 2]", () -> ex.rows(x(2, 2), 2, 1));
    refused("concatRows: expected 2 columns, as in the first part, found [1, 3]", () -> ex.concatRows(x(1, 2), x(1, 3)));
    refused("add: expected a second operand [2, 2], found [1, 4]", () -> ex.add(x(2, 2), x(1, 4)));
    refused("multiplyColumns: expected factors [1, 2], found [2, 2]", () -> ex.multiplyColumns(x(2, 2), x(2, 2)));
    refused("gatedSilu: expected as many columns of gates as of values, found [1, 3]", () -> ex.gatedSilu(x(1, 3)));
    refused("averagePool2 on 2×3: expected a row for each pixel, height and width even, found [6, 1]",
        () -> ex.averagePool2(x(6, 1), 2, 3));
    goesOnAsBefore(table());
  }

  @Test
  void misfitsOfWeightsAreRefused() {
    Weight table = table();
    Weight four = backend.prepare(Role.VECTOR, new RandomTensors(2).vector(4, 1));
    Weight five = backend.prepare(Role.VECTOR, new RandomTensors(2).vector(5, 1));
    Weight depthwise = backend.prepare(Role.CONVOLUTION, Tensor.ofFloats("k", Shape.of(5, 1, 3, 3), new float[45]));
    Weight patches = backend.prepare(Role.CONVOLUTION, Tensor.ofFloats("k", Shape.of(1, 3, 2, 2), new float[12]));
    refused("linear: expected 32 columns, as the weight [5, 32], found [1, 31]",
        () -> ex.linear(x(1, 31), table, null, Nonlinearity.IDENTITY));
    refused("linear: expected a bias of 5 values, found [4]", () -> ex.linear(x(1, 32), table, four, Nonlinearity.IDENTITY));
    refused("linear: expected a bias of 5 values, found [4]", () -> addLinear(x(1, 5), x(1, 32), table, four));
    refused("addLinear: expected a target [1, 5], found [2, 5]", () -> addLinear(x(2, 5), x(1, 32), table, five));
    refused("patchEmbedding: expected as many rows for each channel of the kernel [1, 3, 2, 2], found [4, 2]",
        () -> ex.patchEmbedding(x(4, 2), patches));
    refused("depthwise: expected pixels [4, 5], found [4, 4]", () -> ex.depthwise(x(4, 4), 2, 2, depthwise, null, 1));
    refused("depthwise: expected a bias of 5 values, found [4]", () -> ex.depthwise(x(4, 5), 2, 2, depthwise, four, 1));
    refused("depthwise: expected stride 1 or 2, found 3", () -> ex.depthwise(x(4, 5), 2, 2, depthwise, null, 3));
    refused("layerNorm: expected a gain of 5 values, found [4]", () -> ex.layerNorm(x(1, 5), four, five, 1));
    refused("layerNorm: expected a bias of 5 values, found [4]", () -> ex.layerNorm(x(1, 5), five, four, 1));
    refused("rmsNorm: expected a gain of 5 values, found [4]", () -> ex.rmsNorm(x(1, 5), four, 1));
    goesOnAsBefore(table);
  }

  @Test
  void misfitsOfHeadsAreRefused() {
    refused("attention: expected whole heads of 4, found [1, 6]", () -> ex.attention(x(1, 6), x(1, 6), x(1, 6), 4, 1));
    refused("attention: expected keys [2, 8], found [1, 8]", () -> ex.attention(x(2, 8), x(1, 8), x(2, 8), 4, 1));
    refused("attention: expected values [2, 8], found [2, 4]", () -> ex.attention(x(2, 8), x(2, 8), x(2, 4), 4, 1));
    KvCache.Spec spec = new KvCache.Spec(1, 2, 4, 20, TensorType.F16);
    try (KvCache cache = backend.newKvCache(spec)) {
      Batch batch = Batch.of(cache, 3);
      RotaryEmbedding rope = RotaryEmbedding.of(4, 10_000, 1, RotaryEmbedding.Pairing.HALVES);
      refused("rotate: expected 3 rows of whole heads of 4, found [2, 8]", () -> rotated(x(2, 8), 4, rope, batch));
      refused("rotate: expected at most 1 pairs in heads of 2, found 2", () -> rotated(x(3, 8), 2, rope, batch));
      refused("causalAttention over " + spec + ": expected queries of 3 rows in groups of 8 columns, found [3, 12]",
          () -> ex.causalAttention(x(3, 12), x(3, 8), x(3, 8), 0, batch, 1));
      refused("causalAttention: expected keys [3, 8], found [3, 16]", () -> ex.causalAttention(x(3, 16), x(3, 16), x(3, 8), 0, batch, 1));
      refused("causalAttention: expected values [3, 8], found [2, 8]", () -> ex.causalAttention(x(3, 16), x(3, 8), x(2, 8), 0, batch, 1));
      assertEquals(0, cache.length());
    }
    goesOnAsBefore(table());
  }

  private void refused(String message, Supplier<?> operation) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, () -> ex.run(operation)).getMessage());
  }

  /** A matrix of zeros. */
  private Activation x(int rows, int columns) {
    return ex.input(new float[rows * columns], rows, columns);
  }

  private Activation addLinear(Activation target, Activation x, Weight weight, Weight bias) {
    ex.addLinear(target, x, weight, bias);
    return target;
  }

  private Activation rotated(Activation x, int headSize, RotaryEmbedding rope, Batch batch) {
    ex.rotate(x, headSize, rope, batch);
    return x;
  }

  private Weight table() {
    return backend.prepare(Role.TIED, new RandomTensors(2).matrix(TensorType.Q8_0, 5, 32, 1));
  }

  private void goesOnAsBefore(Weight table) {
    assertEquals(5, ex.run(() -> ex.read(ex.linear(x(1, 32), table, null, Nonlinearity.IDENTITY))).length);
  }

  @Test
  void aPassThatFailsLeavesTheCachesAsTheyWere() {
    KvCache.Spec spec = new KvCache.Spec(1, 1, 4, 20, TensorType.F16);
    try (KvCache a = backend.newKvCache(spec); KvCache b = backend.newKvCache(spec)) {
      append(a, b);
      assertEquals(2, a.length());
      assertThrows(IllegalStateException.class, () -> ex.run(() -> {
        append(a, b);
        throw new IllegalStateException("after the last layer");
      }));
      assertEquals(2, a.length());
      assertEquals(3, b.length());
      append(a, b);
      assertEquals(4, a.length());
      assertEquals(6, b.length());
    }
  }

  /** Two rows for a, three for b. */
  protected final void append(KvCache a, KvCache b) {
    float[] x = new RandomTensors(3).floats(20, 1);
    ex.run(() -> {
      Activation q = ex.input(x, 5, 4);
      return ex.read(ex.causalAttention(q, q, q, 0, Batch.of(List.of(a, b), 2, 3), 1));
    });
  }

  @Test
  void cachesAreCutToWhatTheyHold() {
    try (KvCache cache = backend.newKvCache(new KvCache.Spec(1, 1, 4, 20, TensorType.F16))) {
      refused("cannot truncate 0 positions to 1", () -> truncated(cache, 1));
      refused("cannot truncate 0 positions to -1", () -> truncated(cache, -1));
    }
  }

  private static KvCache truncated(KvCache cache, int length) {
    cache.truncate(length);
    return cache;
  }

  @Test
  void interruptedCallersGetCancelled() {
    Thread.currentThread().interrupt();
    assertThrows(CancelledException.class, () -> ex.run(() -> {
      while (true) {
        try (Execution.Scope _ = ex.scope()) {
          ex.apply(Nonlinearity.RELU, ex.input(new float[4], 2, 2));
        }
      }
    }));
    assertTrue(Thread.interrupted());
  }

  @Test
  void aWishToStopIsHeardBetweenOperations() {
    AtomicInteger operations = new AtomicInteger();
    assertThrows(CancelledException.class, () -> Cancellation.during(() -> operations.get() >= 10, () -> ex.run(() -> {
      Activation x = ex.input(new float[4], 2, 2);
      while (true) {
        ex.apply(Nonlinearity.RELU, x);
        operations.incrementAndGet();
      }
    })));
    assertEquals(10, operations.get());
  }

  @Test
  void executionsSideBySideDoNotDisturbEachOther() {
    Weight w = backend.prepare(Role.LINEAR, new RandomTensors(4).matrix(TensorType.Q8_0, 40, 64, 0.01f));
    List<float[]> inputs = IntStream.range(0, 6).mapToObj(i -> new RandomTensors(i).floats(64, 1)).toList();
    List<float[]> alone = inputs.stream().map(x -> product(ex, w, x)).toList();
    IntStream.range(0, 6).parallel().forEach(i -> {
      try (Execution own = backend.newExecution()) {
        for (int n = 0; n < 20; n++) {
          assertArrayEquals(alone.get(i), product(own, w, inputs.get(i)));
        }
      }
    });
  }

  private static float[] product(Execution execution, Weight w, float... x) {
    return execution.run(() -> execution.read(execution.linear(execution.input(x, 1, 64), w, null, Nonlinearity.IDENTITY)));
  }

  @Test
  void aClosedBackendRefuses() {
    backend.close();
    backend.close();
    assertThrows(CancelledException.class, () -> ex.run(() -> null));
  }
}
