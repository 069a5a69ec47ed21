package io.mvlm.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.mvlm.core.Execution;
import io.mvlm.model.chat.Message;
import io.mvlm.model.chat.PromptPart;
import io.mvlm.model.image.RgbImage;
import io.mvlm.model.sampling.GenerationOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Prompts of vicuna_v1 with pictures, from messages to text. */
class GoldenChatTest {
  private static final JsonObject GOLDEN = Golden.json("chat.json");
  private static final GenerationOptions STEPS = GenerationOptions.defaults().withMaxTokens(16);

  private static final Message FIRST = Message.user("What is in the image?", 1);
  private static final Message ANSWER = Message.assistant("A red circle.");
  private static final Message SECOND = Message.user("What color is the square?");

  private static MobileVlm load(String backend) {
    return MobileVlm.load(Golden.file("lm/f16.gguf"), Golden.vision("ldpv2"), LoadOptions.defaults().withBackend(backend));
  }

  private static RgbImage landscape() {
    return Golden.image("landscape_336.png");
  }

  @ParameterizedTest
  @MethodSource("io.mvlm.model.Golden#backends")
  void questionsAreAnswered(String backend) {
    try (MobileVlm vlm = load(backend)) {
      assertChunks("single_turn", vlm, FIRST);
      assertAnswer("single_turn", vlm, vlm.ask(landscape(), "What is in the image?", STEPS));
      assertChunks("text_only", vlm, Message.user("What is a circle?"));
      assertAnswer("text_only", vlm, vlm.ask(null, "What is a circle?", STEPS));
      assertChunks("two_images", vlm, Message.user("What differs?", 2));
      try (Conversation conversation = vlm.conversation()) {
        assertAnswer("two_images", vlm, conversation.user("What differs?", landscape(), landscape()).options(STEPS).answer());
      }
    }
  }

  /** The same ids and answer from all messages at once, and from a cache that holds the first turn, its answer read token by token. */
  @ParameterizedTest
  @MethodSource("io.mvlm.model.Golden#backends")
  void secondTurnFromScratchAndContinued(String backend) {
    try (MobileVlm vlm = load(backend); LanguageModel model = new LanguageModel(Golden.file("lm/f16.gguf"), backend)) {
      assertChunks("second_turn", vlm, FIRST, ANSWER, SECOND);
      ImageEmbedding seen = vlm.encode(landscape());
      try (Sequence sequence = model.sequence(512)) {
        float[] logits = sequence.read(chunks(vlm.prompts().encode(List.of(FIRST, ANSWER, SECOND)), seen), Execution::read);
        assertGreedy("second_turn", sequence, logits);
      }
      try (Sequence sequence = model.sequence(512)) {
        sequence.read(chunks(vlm.prompts().encode(List.of(FIRST)), seen), Execution::read);
        for (int id : vlm.tokenizer().encode(" A red circle.", false, true)) {
          sequence.read(List.of(new PromptChunk.Ids(id)), Execution::read);
        }
        float[] logits = sequence.read(chunks(vlm.prompts().encodeNext(SECOND, false), seen), Execution::read);
        assertEquals(golden("second_turn").get("positions").getAsInt(), sequence.length());
        assertGreedy("second_turn", sequence, logits);
      }
    }
  }

  private static JsonObject golden(String name) {
    return GOLDEN.getAsJsonObject(name);
  }

  private static List<PromptChunk> chunks(List<PromptPart> parts, ImageEmbedding image) {
    return parts.stream().<PromptChunk>map(part -> switch (part) {
      case PromptPart.Tokens tokens -> new PromptChunk.Ids(tokens.ids());
      case PromptPart.Image _ -> new PromptChunk.Picture(image);
    }).toList();
  }

  private static void assertChunks(String name, MobileVlm vlm, Message... messages) {
    List<int[]> ids = new ArrayList<>();
    for (PromptPart part : vlm.prompts().encode(List.of(messages))) {
      if (part instanceof PromptPart.Tokens tokens) {
        ids.add(tokens.ids());
      }
    }
    List<int[]> expected = golden(name).getAsJsonArray("chunk_ids").asList().stream()
        .map(chunk -> Golden.ints(chunk.getAsJsonArray())).toList();
    Supplier<String> both = () -> name + ": " + ids.stream().map(Arrays::toString).toList();
    assertEquals(expected.size(), ids.size(), both);
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), ids.get(i), both);
    }
  }

  private static int certainSteps(String name) {
    return Golden.certainSteps(golden(name).getAsJsonArray("greedy_margin"), Golden.MARGIN);
  }

  private static int[] goldenTokens(String name) {
    return Golden.ints(golden(name).getAsJsonArray("greedy_ids"));
  }

  private static void assertAnswer(String name, MobileVlm vlm, Answer answer) {
    int steps = certainSteps(name);
    assertEquals(golden(name).get("positions").getAsInt(), answer.statistics().promptTokens(), name);
    assertArrayEquals(Arrays.copyOf(goldenTokens(name), steps), Arrays.copyOf(answer.tokens(), steps), name);
    assertEquals(golden(name).get("greedy_text").getAsString(), vlm.tokenizer().decode(goldenTokens(name)), name);
    assertEquals(vlm.tokenizer().decode(answer.tokens()), answer.text(), name);
  }

  private static void assertGreedy(String name, Sequence sequence, float[] logits) {
    int steps = certainSteps(name);
    assertTrue(steps > 0);
    assertArrayEquals(Arrays.copyOf(goldenTokens(name), steps), LanguageModel.greedy(sequence, logits, steps), name);
  }
}
