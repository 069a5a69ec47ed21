package io.mvlm.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Features, embeddings and first words about a picture against those computed in double precision, for every projector. */
class GoldenVisionTest {
  static Stream<Arguments> pairs() {
    return Golden.projectors().stream()
        .flatMap(projector -> Golden.backends().stream().map(backend -> Arguments.of(projector, backend)));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void everyStageIsGolden(String projector, String backend) {
    String pair = "pair-" + projector + "/";
    LoadOptions options = LoadOptions.defaults().withBackend(backend);
    try (VisionPipeline vision = VisionPipeline.load(Golden.vision(projector), options)) {
      VisionPipeline.Features features = vision.vision(Golden.image("landscape_336.png"));
      assertEquals(576, features.rows());
      assertEquals(192, features.columns());
      assertClose(3e-3, features.values(), Golden.floats(pair + "vision_features.f32"), "features");

      VisionPipeline.Features projected = vision.projected(Golden.image("landscape_336.png"));
      assertEquals(projector.equals("mlp") ? 576 : 144, projected.rows());
      assertEquals(projected.rows(), vision.tokens());
      assertEquals(256, projected.columns());
      assertClose(3e-3, projected.values(), Golden.floats(pair + "projected.f32"), "projected");
      assertContinuation(pair, backend, projected);
    }
  }

  private static void assertContinuation(String pair, String backend, VisionPipeline.Features picture) {
    JsonObject golden = Golden.json(pair + "golden.json");
    int steps = Golden.certainSteps(golden.getAsJsonArray("greedy_margin"), Golden.MARGIN);
    try (LanguageModel model = new LanguageModel(Golden.file("lm/f16.gguf"), backend)) {
      LanguageModel.Continuation continuation = model.continuation(Golden.ints(golden.getAsJsonArray("prompt_before_image")), picture,
          Golden.ints(golden.getAsJsonArray("prompt_after_image")), steps);
      assertClose(5e-3, continuation.logits(), Golden.floats(pair + "last_logits.f32"), "last logits");
      assertArrayEquals(Arrays.copyOf(Golden.ints(golden.getAsJsonArray("greedy_tokens")), steps), continuation.tokens());
    }
  }

  private static void assertClose(double tolerance, float[] got, float[] want, String what) {
    double error = Golden.relativeError(got, want);
    assertTrue(error <= tolerance, () -> what + ": relative error " + error + ", expected at most " + tolerance);
  }
}
