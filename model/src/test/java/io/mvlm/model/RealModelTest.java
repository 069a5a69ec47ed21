package io.mvlm.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import io.mvlm.core.TensorType;
import io.mvlm.model.chat.Message;
import io.mvlm.model.chat.PromptPart;
import io.mvlm.model.sampling.GenerationOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A trained chat model, SmolLM2-135M-Instruct, against values computed in double precision; where its file lies beside the checkout. */
class RealModelTest {
  private static final Path FOLDER =
      Path.of(System.getProperty("mvlm.root", "."), "..", "shared", "models", "smollm2-135m-instruct").normalize();
  private static final Path FILE = FOLDER.resolve("SmolLM2-135M-Instruct.Q4_1.gguf");
  private static final double MARGIN = 0.3;
  /** What a good native engine with 8-bit activations measures; a fifth more is allowed. */
  private static final double NATIVE_ERROR = 0.012;
  /** The same at a steep place. */
  private static final double NATIVE_ERROR_OF_CAPITAL = 0.11;

  @BeforeAll
  static void isThere() {
    assumeTrue(Files.isRegularFile(FILE), () -> "no " + FILE);
  }

  private static MobileVlm load(String backend) {
    return MobileVlm.load(FILE, null, LoadOptions.defaults().withBackend(backend));
  }

  @Test
  void capitalOfFranceInPlainLoops() {
    try (MobileVlm model = load("scalar")) {
      Answer answer = model.ask(null, "What is the capital of France?");
      assertEquals("The capital of France is Paris.", answer.text());
      assertEquals(FinishReason.END, answer.finish());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"capital", "system", "code", "second_turn"})
  void chatsOnVector(String name) {
    assertChat(name, "vector", 1.2 * (name.equals("capital") ? NATIVE_ERROR_OF_CAPITAL : NATIVE_ERROR));
  }

  @ParameterizedTest
  @ValueSource(strings = {"capital", "system", "code", "second_turn"})
  void chatsInPlainLoops(String name) {
    assertChat(name, "scalar", 2e-3);
  }

  private static void assertChat(String name, String backend, double tolerance) {
    JsonObject chat = Golden.json(FOLDER.resolve("chats.json")).getAsJsonObject(name);
    int[] ids;
    try (MobileVlm vlm = load(backend)) {
      assertEquals("chatml", vlm.template().name());
      ids = ((PromptPart.Tokens) vlm.prompts().encode(messages(chat)).getFirst()).ids();
      assertArrayEquals(Golden.ints(chat.getAsJsonArray("prompt_ids")), ids);
      int[] golden = Golden.ints(chat.getAsJsonArray("greedy_ids"));
      assertEquals(chat.get("greedy_text").getAsString(), vlm.tokenizer().decode(golden));
    }
    int steps = Golden.certainSteps(chat.getAsJsonArray("greedy_margin"), MARGIN);
    try (LanguageModel model = new LanguageModel(FILE, backend)) {
      LanguageModel.Continuation continuation = model.continuation(ids, null, new int[0], steps);
      double error = Golden.relativeError(continuation.logits(), Golden.floats(FOLDER.resolve(chat.get("first_logits").getAsString())));
      assertTrue(error <= tolerance, name + ": relative error " + error + ", expected at most " + tolerance);
      assertArrayEquals(Arrays.copyOf(Golden.ints(chat.getAsJsonArray("greedy_ids")), steps), continuation.tokens());
    }
  }

  private static List<Message> messages(JsonObject chat) {
    return chat.getAsJsonArray("messages").asList().stream().map(element -> {
      JsonObject message = element.getAsJsonObject();
      return new Message(Message.Role.valueOf(message.get("role").getAsString().toUpperCase(Locale.ROOT)),
          message.get("content").getAsString(), 0);
    }).toList();
  }

  @ParameterizedTest
  @CsvSource({"vector, 0.01, 0.97", "scalar, 0.001, 1"})
  void perplexity(String backend, double tolerance, double agreement) {
    JsonObject golden = Golden.json(FOLDER.resolve("perplexity.json")).getAsJsonObject("harbour");
    int[] ids = Golden.ints(golden.getAsJsonArray("ids"));
    int[] top = Golden.ints(golden.getAsJsonArray("argmax"));
    try (LanguageModel model = new LanguageModel(FILE, backend)) {
      int n = model.vocabulary();
      float[] logits = model.logits(TensorType.F16, ids, 128, 128);
      int same = 0;
      double sum = 0;
      for (int i = 0; i < ids.length; i++) {
        same += Golden.best(logits, i * n, n) == top[i] ? 1 : 0;
        sum += i + 1 < ids.length ? surprise(logits, i * n, n, ids[i + 1]) : 0;
      }
      double perplexity = Math.exp(sum / (ids.length - 1));
      assertEquals(1, perplexity / golden.get("perplexity").getAsDouble(), tolerance, "perplexity " + perplexity);
      assertTrue(same >= agreement * top.length, same + " of " + top.length + " first choices are the same");
    }
  }

  private static double surprise(float[] logits, int from, int count, int id) {
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += Math.exp(logits[from + i] - logits[from + id]);
    }
    return Math.log(sum);
  }

  @Test
  void likelihoodsOfTheFace() {
    JsonObject golden = Golden.json(FOLDER.resolve("perplexity.json")).getAsJsonObject("harbour");
    try (MobileVlm model = load("vector")) {
      int[] ids = model.tokenizer().encode(golden.get("text").getAsString(), false);
      assertArrayEquals(Golden.ints(golden.getAsJsonArray("ids")), ids);
      double mean = Arrays.stream(model.negativeLogLikelihoods(ids)).average().orElseThrow();
      assertEquals(golden.get("mean_nll").getAsDouble(), mean, 0.01);
    }
  }
}
