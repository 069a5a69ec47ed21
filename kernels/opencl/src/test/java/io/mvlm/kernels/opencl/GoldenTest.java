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
  void visionAndProjector(String projector) {
    try (VisionPipeline vision = VisionPipeline.load(Golden.vision(projector), ON_DEVICE)) {
      assertClose(3e-3, vision.vision(Golden.image("landscape_336.png")).values(),
          Golden.floats("pair-" + projector + "/vision_features.f32"), "features");
      assertClose(3e-3, vision.projected(Golden.image("landscape_336.png")).values(),
          Golden.floats("pair-" + projector + "/projected.f32"), "projected");
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

  @Test
  void aRealModelAnswers() {
    assumeTrue(Files.isRegularFile(CHAT_MODEL), () -> "no " + CHAT_MODEL);
    try (MobileVlm model = MobileVlm.load(CHAT_MODEL, null, ON_DEVICE)) {
      assertEquals("The capital of France is Paris.", model.ask(null, "What is the capital of France?").text());
    }
    JsonObject chat = Golden.json(CHAT_MODEL.resolveSibling("chats.json")).getAsJsonObject("second_turn");
    int[] ids = Golden.ints(chat.getAsJsonArray("prompt_ids"));
    try (LanguageModel model = new LanguageModel(CHAT_MODEL, "opencl")) {
      float[] all = model.logits(TensorType.F16, ids, ids.length);
      assertClose(2e-3, Arrays.copyOfRange(all, all.length - model.vocabulary(), all.length),
          Golden.floats(CHAT_MODEL.resolveSibling(chat.get("first_logits").getAsString())), "second turn");
    }
  }

  private static void assertAnswer(String name, Answer answer) {
    JsonObject golden = Golden.json("chat.json").getAsJsonObject(name);
    int steps = Golden.certainSteps(golden.getAsJsonArray("greedy_margin"), Golden.MARGIN);
    assertTrue(steps > 0, name);
    assertArrayEquals(Arrays.copyOf(Golden.ints(golden.getAsJsonArray("greedy_ids")), steps), Arrays.copyOf(answer.tokens(), steps), name);
  }

  private static void assertClose(double tolerance, float[] got, float[] want, String what) {
    double error = Golden.relativeError(got, want);
    assertTrue(error <= tolerance, () -> what + ": relative error " + error + ", expected at most " + tolerance);
  }
}
