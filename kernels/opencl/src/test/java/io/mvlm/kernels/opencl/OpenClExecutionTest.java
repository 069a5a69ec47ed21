package io.mvlm.kernels.opencl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.Activation;
import io.mvlm.core.Batch;
import io.mvlm.core.Cancellation;
import io.mvlm.core.CancelledException;
import io.mvlm.core.Execution;
import io.mvlm.core.KvCache;
import io.mvlm.core.Nonlinearity;
import io.mvlm.core.Role;
import io.mvlm.core.Roofline;
import io.mvlm.core.Shape;
import io.mvlm.core.Tensor;
import io.mvlm.core.TensorType;
import io.mvlm.core.Weight;
import io.mvlm.kernels.cpu.RandomTensors;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the contract says beside arithmetic. */
class OpenClExecutionTest {
  private OpenClBackend backend;
  private Execution ex;

  @BeforeEach
  void open() {
    backend = Devices.backend();
    ex = backend.newExecution();
  }

  @AfterEach
  void close() {
    if (backend != null) {
      backend.close();
    }
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
  void misfitsAreRefused() {
    Weight w = backend.prepare(Role.TIED, new RandomTensors(2).matrix(TensorType.Q8_0, 5, 32, 1));
    assertThrows(IndexOutOfBoundsException.class, () -> ex.run(() -> ex.embedding(w, 5)));
    assertThrows(IndexOutOfBoundsException.class, () -> ex.run(() -> ex.embedding(w, -1)));
    assertThrows(IllegalArgumentException.class,
        () -> ex.run(() -> ex.linear(ex.input(new float[31], 1, 31), w, null, Nonlinearity.IDENTITY)));
    assertThrows(IllegalArgumentException.class, () -> ex.run(() -> ex.add(ex.input(new float[4], 2, 2), ex.input(new float[4], 1, 4))));
    assertThrows(IllegalArgumentException.class, () -> ex.run(() -> ex.columns(ex.input(new float[4], 2, 2), 1, 2)));
    assertThrows(IndexOutOfBoundsException.class, () -> ex.run(() -> ex.gatherRows(ex.input(new float[4], 2, 2), 2)));
    assertThrows(IllegalArgumentException.class, () -> backend.prepare(Role.LINEAR, Tensor.ofFloats("a", Shape.of(1, 2), 1, 2),
        Tensor.ofFloats("b", Shape.of(1, 1), 1)));
    ex.run(() -> ex.read(ex.linear(ex.input(new float[32], 1, 32), w, null, Nonlinearity.IDENTITY))); // goes on as before
  }

  /** Of all values, only those that were asked for leave the device, with their columns. */
  @Test
  void theLargestAloneComeBack() {
    AtomicLong bytes = new AtomicLong();
    OpenClBackend.QueueMaker counting = (context, device) -> new CommandQueue(context, device) {
      @Override
      void read(DeviceBuffer source, long offset, MemorySegment target) {
        bytes.addAndGet(target.byteSize());
        super.read(source, offset, target);
      }
    };
    float[] row = new RandomTensors(5).floats(50_000, 1);
    try (OpenClBackend other = new OpenClBackend(Devices.any(), Devices.tuning(), Features.NONE, Devices.cache(), counting);
        Execution execution = other.newExecution()) {
      for (int k : new int[] {1, 40}) {
        bytes.set(0);
        assertEquals(k, execution.run(() -> execution.top(execution.input(row, 1, row.length), k)).columns().length);
        assertEquals(k * (Float.BYTES + Integer.BYTES), bytes.get());
      }
    }
  }

  @Test
  void aPassThatFailsLeavesTheCachesAsTheyWere() {
    KvCache.Spec spec = new KvCache.Spec(1, 1, 4, 20, TensorType.F16);
    try (KvCache a = backend.newKvCache(spec); KvCache b = backend.newKvCache(spec)) {
      append(a, b);
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

  private void append(KvCache a, KvCache b) {
    float[] x = new RandomTensors(3).floats(20, 1);
    ex.run(() -> {
      Activation q = ex.input(x, 5, 4);
      return ex.read(ex.causalAttention(q, q, q, 0, Batch.of(List.of(a, b), 2, 3), 1));
    });
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

  /** Behind these bounds a unit was mistaken. */
  @Test
  void theRooflineIsPlausible() {
    Roofline roofline = backend.measureRoofline();
    assertTrue(roofline.readGbPerSecond() > 0.2 && roofline.readGbPerSecond() < 20_000, roofline.toString());
    assertTrue(roofline.fmaGmacPerSecond() > 0.2 && roofline.fmaGmacPerSecond() < 1_000_000, roofline.toString());
  }

  @Test
  void aClosedBackendRefusesAndHoldsNothing() {
    long before = LiveObjects.count();
    KvCache cache = backend.newKvCache(new KvCache.Spec(1, 1, 4, 20, TensorType.F16));
    append(cache, backend.newKvCache(cache.spec()));
    backend.close();
    backend.close();
    assertThrows(CancelledException.class, () -> ex.run(() -> null));
    ex.close();
    cache.close();
    assertTrue(LiveObjects.count() < before, before + " objects became " + LiveObjects.count());
    assertEquals(0, backend.memory().bytes());
  }
}
