package io.mvlm.kernels.opencl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.Activation;
import io.mvlm.core.BackendUnavailableException;
import io.mvlm.core.Execution;
import io.mvlm.core.KvCache;
import io.mvlm.core.Nonlinearity;
import io.mvlm.core.Passes;
import io.mvlm.core.Role;
import io.mvlm.core.Tensor;
import io.mvlm.core.TensorType;
import io.mvlm.core.Weight;
import io.mvlm.kernels.cpu.RandomTensors;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Devices with little memory, or small buffers. */
class DeviceMemoryTest {
  private static OpenClBackend backend(long memoryBytes, long largestBufferBytes) {
    return Devices.backend(Devices.small(Devices.any(), memoryBytes, largestBufferBytes), Devices.tuning(), Features.NONE, Devices.cache());
  }

  @Test
  void tooLittleMemoryIsSaidBeforeTheUpload() {
    try (OpenClBackend backend = backend(100 << 20, 100 << 20)) {
      backend.requireRoom(100 << 20);
      String message = assertThrows(BackendUnavailableException.class, () -> backend.requireRoom((100 << 20) + 1)).getMessage();
      assertTrue(message.contains("has 100 MB") && message.contains("101 MB more"), message);
    }
  }

  @Test
  void tooMuchForOneBufferIsRefused() {
    try (OpenClBackend backend = backend(100 << 20, 1 << 20)) {
      assertThrows(BackendUnavailableException.class, () -> backend.memory().allocate(2 << 20));
      assertEquals(0, backend.memory().bytes());
    }
  }

  @Test
  void largeMatricesAreSplitByRows() {
    Tensor matrix = new RandomTensors(3).matrix(TensorType.F16, 6000, 1024, 0.01f);
    Tensor behind = new RandomTensors(4).matrix(TensorType.F16, 30, 1024, 0.01f);
    try (OpenClBackend whole = Devices.backend(); OpenClBackend split = backend(1L << 30, 5 << 20)) {
      DeviceMatrix parts = (DeviceMatrix) split.prepare(Role.TIED, matrix, behind);
      assertTrue(parts.parts().size() > 2, parts.parts().size() + " parts");
      assertEquals(6030, parts.parts().stream().mapToInt(MatrixPart::rows).sum());
      parts.parts().forEach(part -> assertTrue(part.buffer().byteSize() <= 5 << 20));
      assertArrayEquals(results(whole, whole.prepare(Role.TIED, matrix, behind)), results(split, parts));
    }
  }

  /** The second chunk of activations is given up for a larger one, which is refused: the pass before works again. */
  @Test
  void aPassThatIsRefusedLeavesWhatTheNextNeeds() {
    float[] values = new RandomTensors(5).floats(1 << 20, 1);
    float[] twice = new float[values.length];
    for (int i = 0; i < twice.length; i++) {
      twice[i] = 2 * values[i];
    }
    try (OpenClBackend backend = backend(14 << 20, 14 << 20); Execution ex = backend.newExecution()) {
      assertArrayEquals(twice, twice(ex, values));
      assertThrows(BackendUnavailableException.class, () -> ex.run(() -> {
        ex.input(values, 1, values.length);
        return ex.input(new float[3 << 20], 3, 1 << 20);
      }));
      assertArrayEquals(twice, twice(ex, values));
    }
  }

  private static float[] twice(Execution ex, float... values) {
    return ex.run(() -> {
      Activation x = ex.input(values, 1, values.length);
      return ex.read(ex.add(x, x));
    });
  }

  @Test
  void closedMemoryIsNotUsed() {
    try (OpenClBackend backend = Devices.backend()) {
      DeviceBuffer buffer = backend.memory().allocate(8);
      buffer.close();
      assertThrows(IllegalStateException.class, () -> backend.call(() -> {
        backend.queue().clear(buffer);
        return null;
      }));
    }
  }

  private static final KvCache.Spec THREE_LAYERS = new KvCache.Spec(3, 1, 1024, 1000, TensorType.F32);

  /** There is room for four layers: those of the cache, and one of its copy. */
  @Test
  void aCopyOfACacheThatDoesNotFitLeavesNothing() {
    long layer = THREE_LAYERS.byteSize(256) / 3;
    try (OpenClBackend backend = backend(4 * layer + layer / 2, 4 * layer);
        OpenClKvCache cache = new OpenClKvCache(backend, THREE_LAYERS)) {
      fill(backend, cache);
      assertThrows(BackendUnavailableException.class, cache::fork);
      assertEquals(3 * layer, backend.memory().bytes());
    }
  }

  private static void fill(OpenClBackend backend, OpenClKvCache cache) {
    backend.call(() -> {
      for (int l = 0; l < 3; l++) {
        cache.reserve(l, 256);
      }
      new Passes().advance(cache, 256);
      return null;
    });
  }

  /** Weights of vectors and matrices, a cache that grows, a copy of it. */
  @Test
  void whatTheDeviceFailsAtLeavesNothing() {
    RandomTensors random = new RandomTensors(6);
    Tensor matrix = random.matrix(TensorType.F16, 6000, 1024, 0.01f);
    for (boolean unified : new boolean[] {true, false}) {
      OpenClDevice device = Devices.small(unified ? Devices.any() : Devices.apart(Devices.any()), 1L << 30, 5 << 20);
      AtomicInteger good = new AtomicInteger(Integer.MAX_VALUE); // commands until all fail
      OpenClBackend.QueueMaker queues = (context, same) -> new CommandQueue(context, same) {
        @Override
        void check(int code, String action) {
          super.check(good.getAndDecrement() > 0 ? code : -5, action);
        }
      };
      try (OpenClBackend backend = new OpenClBackend(device, Devices.tuning(), Features.NONE, Devices.cache(), queues);
          OpenClKvCache cache = new OpenClKvCache(backend, THREE_LAYERS)) {
        fill(backend, cache);
        long before = backend.memory().bytes();
        List<Executable> all = List.of(() -> backend.prepare(Role.VECTOR, random.vector(32, 1)),
            () -> backend.prepare(Role.TIED, matrix), () -> backend.call(() -> {
              cache.reserve(0, 600);
              return null;
            }), cache::fork);
        for (Executable action : all) {
          for (int commands : new int[] {0, 1, 3}) {
            if (commands < 3 || action == all.get(1)) {
              good.set(commands);
              assertThrows(BackendUnavailableException.class, action);
              good.set(Integer.MAX_VALUE);
              assertEquals(before, backend.memory().bytes(), "bytes after " + commands + " commands of " + all.indexOf(action));
            }
          }
        }
      }
    }
  }

  /** 2³¹ keys of a layer are one more than an offset counts. */
  @Test
  void cachesEndWhereOffsetsDo() {
    OpenClDevice large = Devices.small(Devices.any(), Long.MAX_VALUE, Long.MAX_VALUE);
    try (OpenClBackend backend = Devices.backend(large, Devices.tuning(), Features.NONE, Devices.cache());
        OpenClKvCache cache = new OpenClKvCache(backend, new KvCache.Spec(1, 1, 1 << 23, 1 << 20, TensorType.F16))) {
      for (int end : new int[] {1, 1 << 20}) {
        String message = assertThrows(BackendUnavailableException.class, () -> backend.call(() -> {
          cache.reserve(0, end);
          return null;
        })).getMessage();
        assertTrue(message.contains("a smaller --ctx") && message.contains(" positions of 8388608 values"), message);
      }
      assertEquals(0, backend.memory().bytes());
    }
  }

  /** Rows of every part go in, and all come out. */
  private static float[] results(OpenClBackend backend, Weight w) {
    try (Execution ex = backend.newExecution()) {
      return ex.run(() -> ex.read(ex.linear(ex.embedding(w, 0, 2999, 6029), w, null, Nonlinearity.IDENTITY)));
    }
  }
}
