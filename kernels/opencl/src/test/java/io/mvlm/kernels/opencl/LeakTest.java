package io.mvlm.kernels.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.ContextFullException;
import io.mvlm.core.KvCache;
import io.mvlm.core.TensorType;
import io.mvlm.kernels.cpu.CausalChecks;
import io.mvlm.model.Conversation;
import io.mvlm.model.Golden;
import io.mvlm.model.LoadOptions;
import io.mvlm.model.MobileVlm;
import io.mvlm.model.sampling.GenerationOptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Models that are loaded, asked and closed, one after the other, leave no OpenCL object and no byte of device memory behind; nor do, while
 * a model stays, its conversations and the caches of its backend.
 */
class LeakTest {
  private static final GenerationOptions SHORT = GenerationOptions.defaults().withMaxTokens(3);

  @BeforeAll
  static void needsADevice() {
    Devices.any();
  }

  @Test
  void aDozenModels() {
    rounds(12);
  }

  @Test
  @Tag("slow")
  void twoHundredModels() {
    rounds(200);
  }

  /** The first makes the room for activations that all use; then each gives back what it took, however it ends. */
  @Test
  void conversationsOfOneModel() {
    LoadOptions options = LoadOptions.defaults().withBackend("opencl").withContext(300);
    try (MobileVlm vlm = MobileVlm.load(Golden.file("lm/f16.gguf"), null, options)) {
      long objects = 0;
      long bytes = 0;
      for (int i = 0; i < 9; i++) {
        try (Conversation conversation = vlm.conversation()) {
          assertEquals(3, conversation.user("What is a circle?").options(SHORT).answer().tokens().length);
          if (i % 3 == 1) {
            assertThrows(ContextFullException.class, conversation.user("What is a circle? ".repeat(100)).options(SHORT)::answer);
          } else if (i % 3 == 2) {
            assertThrows(IllegalStateException.class, () -> conversation.user("And a line?").options(SHORT).stream(piece -> {
              throw new IllegalStateException("the listener fails");
            }));
          }
          assertTrue(i == 0 || DeviceMemory.bytesOfProcess() > bytes, "a conversation takes memory");
        }
        if (i > 2) {
          assertEquals(objects, LiveObjects.count(), "OpenCL objects after conversation " + i);
          assertEquals(bytes, DeviceMemory.bytesOfProcess(), "bytes after conversation " + i);
        }
        objects = LiveObjects.count();
        bytes = DeviceMemory.bytesOfProcess();
      }
    }
  }

  @Test
  void cachesOfOneBackendAndTheirCopies() {
    KvCache.Spec spec = new KvCache.Spec(2, 2, 8, 600, TensorType.F16);
    CausalChecks.Sequence sequence = new CausalChecks.Sequence(spec, 1, 290, 1);
    try (OpenClBackend backend = Devices.backend()) {
      for (int i = 0; i < 3; i++) {
        try (KvCache cache = backend.newKvCache(spec)) {
          CausalChecks.advance(backend, new CausalChecks.Portion(sequence, cache, 250));
          try (KvCache copy = cache.fork()) {
            CausalChecks.advance(backend, new CausalChecks.Portion(sequence, copy, 40)); // grows
            assertEquals(cache.byteSize() + copy.byteSize(), backend.memory().bytes());
          }
          assertEquals(cache.byteSize(), backend.memory().bytes());
        }
        assertEquals(0, backend.memory().bytes());
      }
    }
  }

  private static void rounds(int count) {
    long objects = LiveObjects.count();
    long bytes = DeviceMemory.bytesOfProcess();
    for (int i = 0; i < count; i++) {
      round(i);
      assertEquals(objects, LiveObjects.count(), "OpenCL objects after round " + i);
      assertEquals(bytes, DeviceMemory.bytesOfProcess(), "bytes after round " + i);
    }
  }

  /** Every third conversation is not closed, every fourth round ends with an error. */
  private static void round(int i) {
    LoadOptions options = LoadOptions.defaults().withBackend("opencl").withContext(i % 4 == 3 ? 150 : 400);
    try (MobileVlm vlm = MobileVlm.load(Golden.file("lm/f16.gguf"), Golden.vision("ldpv2"), options)) {
      Conversation conversation = vlm.conversation();
      Conversation.Turn turn = conversation.user("What is in the image?", Golden.image("landscape_336.png")).options(SHORT);
      if (i % 4 == 3) {
        assertThrows(ContextFullException.class, turn::answer);
      } else {
        assertEquals(3, turn.answer().tokens().length);
      }
      assertTrue(DeviceMemory.bytesOfProcess() > 0 && LiveObjects.count() > 0);
      if (i % 3 != 0) {
        conversation.close();
      }
    }
  }
}
