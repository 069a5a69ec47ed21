package io.mvlm.model.synth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.TensorType;
import io.mvlm.model.Golden;
import io.mvlm.model.LoadOptions;
import io.mvlm.model.VisionPipeline;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The vision file in the size and type in which it is published: 600 MB of F16. */
@Tag("slow")
class PublishedSizeTest {
  @Test
  void backendsAgree(@TempDir Path dir) {
    Path file = dir.resolve("mmproj.gguf");
    SyntheticVisionModel.of(Preset.V2_1_7B, TensorType.F16, 1).write(file);
    VisionPipeline.Features expected = projected(file, "scalar");
    VisionPipeline.Features got = projected(file, "vector");
    assertEquals(144, got.rows());
    assertEquals(2048, got.columns());
    double error = Golden.relativeError(got.values(), expected.values());
    assertTrue(error < 1e-4, "relative error " + error); // both compute with float activations; only the order of sums differs
  }

  private static VisionPipeline.Features projected(Path file, String backend) {
    try (VisionPipeline vision = VisionPipeline.load(file, LoadOptions.defaults().withBackend(backend))) {
      return vision.projected(Golden.image("landscape_336.png"));
    }
  }
}
