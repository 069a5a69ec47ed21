package io.mvlm.kernels.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.Activation;
import io.mvlm.core.Batch;
import io.mvlm.core.BackendUnavailableException;
import io.mvlm.core.Execution;
import io.mvlm.core.KvCache;
import io.mvlm.core.Nonlinearity;
import io.mvlm.core.Role;
import io.mvlm.core.TensorType;
import io.mvlm.core.Weight;
import io.mvlm.kernels.cpu.RandomTensors;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A device that fails: whichever command it is, one line says so, and nothing is left behind. */
class LostDeviceTest {
  private static final int OUT_OF_RESOURCES = -5;

  /** A queue whose commands fail from some time on. */
  private static final class FailingQueue extends CommandQueue {
    private final int good;
    private final int code;
    private int commands;

    FailingQueue(long context, OpenClDevice device, int good, int code) {
      super(context, device);
      this.good = good;
      this.code = code;
    }

    @Override
    void check(int found, String action) {
      super.check(commands++ < good ? found : code, action);
    }
  }

  /** @param good commands that succeed before all others fail */
  private static OpenClBackend failing(OpenClDevice device, int good, int code) {
    return new OpenClBackend(device, Devices.tuning(), Features.NONE, Devices.cache(),
        (context, same) -> new FailingQueue(context, same, good, code));
  }

  /** Loads weights, and runs two passes over them and a cache. */
  private static void work(OpenClBackend backend, KvCache cache) {
    RandomTensors random = new RandomTensors(1);
    Weight w = backend.prepare(Role.TIED, random.matrix(TensorType.Q4_0, 96, 32, 0.01f));
    Weight gain = backend.prepare(Role.VECTOR, random.vector(32, 1));
    try (Execution ex = backend.newExecution()) {
      for (int pass = 0; pass < 2; pass++) {
        ex.run(() -> {
          Activation x = ex.rmsNorm(ex.embedding(w, 1, 2), gain, 1e-5f);
          Activation qkv = ex.linear(x, w, null, Nonlinearity.IDENTITY);
          Activation y = ex.causalAttention(ex.columns(qkv, 0, 32), ex.columns(qkv, 32, 32), ex.columns(qkv, 64, 32), 0,
              Batch.of(cache, 2), 1);
          return ex.top(ex.rows(y, 1, 1), 3);
        });
      }
    }
  }

  private static KvCache cache(OpenClBackend backend) {
    return backend.newKvCache(new KvCache.Spec(1, 2, 16, 300, TensorType.F16));
  }

  /** On a device that shares the processor's memory, and on one that does not. */
  @Test
  void everyCommandMayFail() {
    for (OpenClDevice device : List.of(Devices.any(), Devices.apart(Devices.any()))) {
      long objects = LiveObjects.count();
      long bytes = DeviceMemory.bytesOfProcess();
      int good = 0;
      for (boolean failed = true; failed; good++) {
        try (OpenClBackend backend = failing(device, good, OUT_OF_RESOURCES)) {
          KvCache cache = cache(backend);
          failed = fails(backend, cache);
          assertTrue(failed ? cache.length() % 2 == 0 : cache.length() == 4, cache.length() + " positions after command " + good);
        }
        assertEquals(objects, LiveObjects.count(), "OpenCL objects when command " + good + " failed");
        assertEquals(bytes, DeviceMemory.bytesOfProcess(), "bytes when command " + good + " failed");
      }
      assertTrue(good > 20, good + " commands");
    }
  }

  private static boolean fails(OpenClBackend backend, KvCache cache) {
    try {
      work(backend, cache);
      return false;
    } catch (BackendUnavailableException e) {
      assertTrue(e.getMessage().contains("the OpenCL device failed while ") && e.getMessage().contains(": CL_OUT_OF_RESOURCES"),
          e.getMessage());
      assertEquals(1, e.getMessage().lines().count());
      return true;
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-2, -5, -6, -14, -36, -9999})
  void whateverTheDriverCallsIt(int code) {
    try (OpenClBackend backend = failing(Devices.any(), 0, code)) {
      String message = assertThrows(BackendUnavailableException.class, () -> work(backend, cache(backend))).getMessage();
      assertTrue(message.contains(ClErrors.name(code)), message);
    }
  }

  @Test
  void aDeviceThatFailsAtStartIsFoundByTheProbe() {
    try (OpenClBackend backend = failing(Devices.any(), 0, OUT_OF_RESOURCES)) {
      assertThrows(BackendUnavailableException.class, backend::probe);
    }
    try (OpenClBackend backend = Devices.backend()) {
      backend.probe();
    }
  }
}
