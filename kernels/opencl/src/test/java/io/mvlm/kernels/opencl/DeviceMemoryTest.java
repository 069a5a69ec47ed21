package io.mvlm.kernels.opencl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.BackendUnavailableException;
import io.mvlm.core.Execution;
import io.mvlm.core.Nonlinearity;
import io.mvlm.core.Role;
import io.mvlm.core.Tensor;
import io.mvlm.core.TensorType;
import io.mvlm.core.Weight;
import io.mvlm.kernels.cpu.RandomTensors;
import org.junit.jupiter.api.Test;

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

  /** Rows of every part go in, and all come out. */
  private static float[] results(OpenClBackend backend, Weight w) {
    try (Execution ex = backend.newExecution()) {
      return ex.run(() -> ex.read(ex.linear(ex.embedding(w, 0, 2999, 6029), w, null, Nonlinearity.IDENTITY)));
    }
  }
}
