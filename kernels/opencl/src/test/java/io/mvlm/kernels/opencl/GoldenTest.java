package io.mvlm.kernels.opencl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import io.mvlm.core.TensorType;
import io.mvlm.model.Answer;
import io.mvlm.model.Conversation;
import io.mvlm.model.Golden;
import io.mvlm.model.LanguageModel;
import io.mvlm.model.LoadOptions;
import io.mvlm.model.MobileVlm;
import io.mvlm.model.VisionPipeline;
import io.mvlm.model.sampling.GenerationOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole models on the device against values computed in double precision. */
class GoldenTest {
  private static final int[] IDS = {1, 319, 259, 300, 402, 411, 1071, 13, 500, 600, 700, 800, 901};
  private static final LoadOptions ON_DEVICE = LoadOptions.defaults().withBackend("opencl");
  private static final GenerationOptions STEPS = GenerationOptions.defaults().withMaxTokens(16);
  private static final Path CHAT_MODEL = Path.of(System.getProperty("mvlm.root", "."), "..", "shared", "models", "smollm2-135m-instruct",
      "SmolLM2-135M-Instruct.Q4_1.gguf").normalize();

  @BeforeAll
  static void needsADevice() {
    Devices.any();
  }

  /** Of each family of formats one; LinearTest has all of them. */
  static List<String> someTypes() {
    return Golden.languageTypes().stream().filter(Set.of("f16", "f32", "q4_0", "q8_0", "q4_k_s", "q6_k")::contains).toList();
  }

  static List<String> otherTypes() {
    return Golden.languageTypes().stream().filter(type -> !someTypes().contains(type)).toList();
  }

  static List<String> projectors() {
    return Golden.projectors();
  }

  @ParameterizedTest
  @MethodSource("someTypes")
  void logits(String type) {
    assertLogits(type);
  }

  /** Drivers take seconds to build the kernels of a type. */
  @Tag("slow")
  @ParameterizedTest
  @MethodSource("otherTypes")
  void logitsOfOtherTypes(String type) {
    assertLogits(type);
  }

  /** Activations are floats, so every type comes as near as floats do. */
  private static void assertLogits(String type) {
    float[] golden = Golden.floats("lm_logits/" + type + ".f32");
    int[] oneByOne = new int[IDS.length];
    Arrays.fill(oneByOne, 1);
    try (LanguageModel model = new LanguageModel(Golden.file("lm/" + type + ".gguf"), "opencl")) {
      for (TensorType kvType : List.of(TensorType.F16, TensorType.F32)) {
        assertClose(2e-3, model.logits(kvType, IDS, IDS.length), golden, "one batch, " + kvType);
        assertClose(2e-3, model.logits(kvType, IDS, oneByOne), golden, "token by token, " + kvType);
        assertClose(2e-3, model.logits(kvType, IDS, 5, 8), golden, "5 + 8, " + kvType);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("projectors")
  void visionAndProjectorAndWhatFollows(String projector) {
    String pair = "pair-" + projector + "/";
    VisionPipeline.Features projected;
    try (VisionPipeline vision = VisionPipeline.load(Golden.vision(projector), ON_DEVICE)) {
      assertClose(3e-3, vision.vision(Golden.image("landscape_336.png")).values(), Golden.floats(pair + "vision_features.f32"), "features");
      projected = vision.projected(Golden.image("landscape_336.png"));
      assertClose(3e-3, projected.values(), Golden.floats(pair + "projected.f32"), "projected");
    }
    JsonObject golden = Golden.json(pair + "golden.json");
    int steps = certainSteps(golden);
    try (LanguageModel model = new LanguageModel(Golden.file("lm/f16.gguf"), "opencl")) {
      LanguageModel.Continuation continuation = model.continuation(Golden.ints(golden.getAsJsonArray("prompt_before_image")), projected,
          Golden.ints(golden.getAsJsonArray("prompt_after_image")), steps);
      assertClose(5e-3, continuation.logits(), Golden.floats(pair + "last_logits.f32"), "last logits");
      assertArrayEquals(Arrays.copyOf(Golden.ints(golden.getAsJsonArray("greedy_tokens")), steps), continuation.tokens());
    }
  }

  @Test
  void chat() {
    try (MobileVlm vlm = MobileVlm.load(Golden.file("lm/f16.gguf"), Golden.vision("ldpv2"), ON_DEVICE)) {
      assertTrue(vlm.backendDescription().startsWith("opencl "), vlm.backendDescription());
      assertAnswer("single_turn", vlm.ask(Golden.image("landscape_336.png"), "What is in the image?", STEPS));
      assertAnswer("text_only", vlm.ask(null, "What is a circle?", STEPS));
      try (Conversation conversation = vlm.conversation()) {
        assertAnswer("two_images", conversation.user("What differs?", Golden.image("landscape_336.png"), Golden.image("landscape_336.png"))
            .options(STEPS).answer());
      }
    }
  }

  /** All messages of a conversation at once. */
  @Test
  void secondTurn() {
    JsonObject golden = Golden.json("chat.json").getAsJsonObject("second_turn");
    int steps = certainSteps(golden);
    List<int[]> ids = golden.getAsJsonArray("chunk_ids").asList().stream().map(chunk -> Golden.ints(chunk.getAsJsonArray())).toList();
    assertEquals(2, ids.size());
    try (VisionPipeline vision = VisionPipeline.load(Golden.vision("ldpv2"), ON_DEVICE);
        LanguageModel model = new LanguageModel(Golden.file("lm/f16.gguf"), "opencl")) {
      VisionPipeline.Features picture = vision.projected(Golden.image("landscape_336.png"));
      assertArrayEquals(Arrays.copyOf(Golden.ints(golden.getAsJsonArray("greedy_ids")), steps),
          model.continuation(ids.getFirst(), picture, ids.getLast(), steps).tokens());
    }
  }

  @Test
  void aRealModelAnswers() {
    assumeTrue(Files.isRegularFile(CHAT_MODEL), () -> "no " + CHAT_MODEL);
    try (MobileVlm model = MobileVlm.load(CHAT_MODEL, null, ON_DEVICE)) {
      assertEquals("The capital of France is Paris.", model.ask(null, "What is the capital of France?").text());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"capital", "system", "code", "second_turn"})
  void chatsOfARealModel(String name) {
    assumeTrue(Files.isRegularFile(CHAT_MODEL), () -> "no " + CHAT_MODEL);
    JsonObject chat = Golden.json(CHAT_MODEL.resolveSibling("chats.json")).getAsJsonObject(name);
    int steps = certainSteps(chat);
    try (LanguageModel model = new LanguageModel(CHAT_MODEL, "opencl")) {
      LanguageModel.Continuation continuation = model.continuation(Golden.ints(chat.getAsJsonArray("prompt_ids")), null, new int[0], steps);
      assertClose(2e-3, continuation.logits(), Golden.floats(CHAT_MODEL.resolveSibling(chat.get("first_logits").getAsString())), name);
      assertArrayEquals(Arrays.copyOf(Golden.ints(chat.getAsJsonArray("greedy_ids")), steps), continuation.tokens());
    }
  }

  /** Steps of greedy decoding that no rounding changes. */
  private static int certainSteps(JsonObject golden) {
    int steps = Golden.certainSteps(golden.getAsJsonArray("greedy_margin"), Golden.MARGIN);
    assertTrue(steps > 0, "no step is certain");
    return steps;
  }

  private static void assertAnswer(String name, Answer answer) {
    JsonObject golden = Golden.json("chat.json").getAsJsonObject(name);
    int steps = certainSteps(golden);
    assertArrayEquals(Arrays.copyOf(Golden.ints(golden.getAsJsonArray("greedy_ids")), steps), Arrays.copyOf(answer.tokens(), steps), name);
  }

  private static void assertClose(double tolerance, float[] got, float[] want, String what) {
    double error = Golden.relativeError(got, want);
    assertTrue(error <= tolerance, () -> what + ": relative error " + error + ", expected at most " + tolerance);
  }
}
