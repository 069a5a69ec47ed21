package io.mvlm.kernels.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.ContextFullException;
import io.mvlm.model.Conversation;
import io.mvlm.model.Golden;
import io.mvlm.model.LoadOptions;
import io.mvlm.model.MobileVlm;
import io.mvlm.model.sampling.GenerationOptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Models that are loaded, asked and closed, one after the other, leave no OpenCL object and no byte of device memory behind. */
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
