package io.mvlm.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.mvlm.core.Execution;
import java.util.Arrays;
import java.util.List;
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
      assertContinuation(pair, backend, new ImageEmbedding(projected.rows(), projected.columns(), projected.values()));
    }
  }

  private static void assertContinuation(String pair, String backend, ImageEmbedding embedding) {
    JsonObject golden = Golden.json(pair + "golden.json");
    int[] tokens = Golden.ints(golden.getAsJsonArray("greedy_tokens"));
    try (LanguageModel model = new LanguageModel(Golden.file("lm/f16.gguf"), backend); Sequence sequence = model.sequence(1024)) {
      float[] logits = sequence.read(List.of(new PromptChunk.Ids(Golden.ints(golden.getAsJsonArray("prompt_before_image"))),
          new PromptChunk.Picture(embedding), new PromptChunk.Ids(Golden.ints(golden.getAsJsonArray("prompt_after_image")))),
          Execution::read);
      assertClose(5e-3, logits, Golden.floats(pair + "last_logits.f32"), "last logits");
      int steps = Golden.certainSteps(golden.getAsJsonArray("greedy_margin"), Golden.MARGIN);
      assertArrayEquals(Arrays.copyOf(tokens, steps), LanguageModel.greedy(sequence, logits, steps));
    }
  }

  private static void assertClose(double tolerance, float[] got, float[] want, String what) {
    double error = Golden.relativeError(got, want);
    assertTrue(error <= tolerance, () -> what + ": relative error " + error + ", expected at most " + tolerance);
  }
}
