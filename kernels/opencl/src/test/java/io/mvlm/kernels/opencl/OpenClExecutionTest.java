package io.mvlm.kernels.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.Backend;
import io.mvlm.core.Execution;
import io.mvlm.core.KvCache;
import io.mvlm.core.Roofline;
import io.mvlm.core.TensorType;
import io.mvlm.kernels.cpu.ExecutionContract;
import io.mvlm.kernels.cpu.RandomTensors;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class OpenClExecutionTest extends ExecutionContract {
  @Override
  protected Backend open() {
    return Devices.backend();
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

  /** Behind these bounds a unit was mistaken. */
  @Test
  void theRooflineIsPlausible() {
    Roofline roofline = backend().measureRoofline();
    assertTrue(roofline.readGbPerSecond() > 0.2 && roofline.readGbPerSecond() < 20_000, roofline.toString());
    assertTrue(roofline.fmaGmacPerSecond() > 0.2 && roofline.fmaGmacPerSecond() < 1_000_000, roofline.toString());
  }

  @Test
  void aClosedBackendHoldsNothing() {
    OpenClBackend backend = (OpenClBackend) backend();
    long before = LiveObjects.count();
    KvCache cache = backend.newKvCache(new KvCache.Spec(1, 1, 4, 20, TensorType.F16));
    append(cache, backend.newKvCache(cache.spec()));
    backend.close();
    execution().close();
    cache.close();
    assertTrue(LiveObjects.count() < before, before + " objects became " + LiveObjects.count());
    assertEquals(0, backend.memory().bytes());
  }
}
