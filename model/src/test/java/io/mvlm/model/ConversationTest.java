package io.mvlm.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.Cancellation;
import io.mvlm.core.CancelledException;
import io.mvlm.core.ContextFullException;
import io.mvlm.core.Shape;
import io.mvlm.core.Tensor;
import io.mvlm.core.TensorType;
import io.mvlm.model.chat.Message;
import io.mvlm.model.chat.PromptPart;
import io.mvlm.model.sampling.GenerationOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Turns that build on each other equal the same conversation read from scratch, however the turn before ended. */
@Timeout(60)
class ConversationTest {
  private static final GenerationOptions SHORT = GenerationOptions.defaults().withMaxTokens(8);
  private static final String QUESTION = "What is a circle?";
  private static final String NEXT = "What color is the square?";

  private static MobileVlm vlm;
  private static ImageEmbedding seen;

  @BeforeAll
  static void load() {
    vlm = load(LoadOptions.defaults());
    seen = vlm.encode(Golden.image("landscape_336.png"));
  }

  private static MobileVlm load(LoadOptions options) {
    return MobileVlm.load(Golden.file("lm/f16.gguf"), Golden.vision("ldpv2"), options.withBackend("scalar").withKvType(TensorType.F32));
  }

  @AfterAll
  static void close() {
    vlm.close();
  }

  /** The ids of a second turn behind {@code answer}, all of it read at once; {@code image} null for none. */
  private static int[] nextFromScratch(ImageEmbedding image, int[] answer, GenerationOptions options) {
    List<PromptChunk> chunks = new ArrayList<>();
    List<PromptPart> parts = new ArrayList<>(vlm.prompts().encode(List.of(Message.user(QUESTION, image == null ? 0 : 1))));
    if (answer.length > 0) {
      parts.add(new PromptPart.Tokens(answer));
    }
    parts.addAll(vlm.prompts().encodeNext(Message.user(NEXT), false));
    Generation generation = new Generation(vlm, options, piece -> {});
    for (PromptPart part : parts) {
      switch (part) {
        case PromptPart.Tokens tokens -> {
          generation.saw(tokens.ids());
          chunks.add(new PromptChunk.Ids(tokens.ids()));
        }
        case PromptPart.Image _ -> chunks.add(new PromptChunk.Picture(image));
      }
    }
    try (LanguageModel model = new LanguageModel(Golden.file("lm/f16.gguf"), "scalar"); Sequence sequence = model.sequence(1024)) {
      FinishReason finish = generation.run(sequence, generation.read(sequence, chunks), () -> false);
      return generation.answer(finish, new Statistics(0, 0, 0, 0, 0, 0, 0)).tokens();
    }
  }

  private static void assertGoesOn(Conversation conversation, ImageEmbedding image, int... answer) {
    assertArrayEquals(nextFromScratch(image, answer, SHORT), conversation.user(NEXT).options(SHORT).answer().tokens());
  }

  private static int promptRows(String question) {
    return promptRows(question, 0);
  }

  /** Without those of the pictures. */
  private static int promptRows(String question, int pictures) {
    return vlm.prompts().encode(List.of(Message.user(question, pictures))).stream()
        .mapToInt(part -> part instanceof PromptPart.Tokens tokens ? tokens.ids().length : 0).sum();
  }

  /** What a conversation without pictures holds behind its first question. */
  private static int[] answerIn(Conversation conversation) {
    int[] said = conversation.said();
    assertEquals(conversation.position(), said.length);
    return Arrays.copyOfRange(said, promptRows(QUESTION), said.length);
  }

  @Test
  void secondTurnEqualsFromScratch() {
    try (Conversation conversation = vlm.conversation()) {
      Answer first = conversation.user(QUESTION).options(SHORT).answer();
      assertEquals(FinishReason.MAX_TOKENS, first.finish());
      assertEquals(8, first.tokens().length);
      assertEquals(promptRows(QUESTION) + 8, conversation.position());
      assertGoesOn(conversation, null, first.tokens());
    }
  }

  @Test
  void secondTurnAboutAPictureEqualsFromScratch() {
    try (Conversation conversation = vlm.conversation()) {
      Answer first = conversation.user(QUESTION, seen).options(SHORT).answer();
      assertEquals(seen.tokens(), first.statistics().imageTokens());
      assertEquals(0, first.statistics().images());
      assertGoesOn(conversation, seen, first.tokens());
    }
  }

  /** A penalty below 1 draws towards what was said: here also towards words of the first answer. */
  @Test
  void repeatPenaltyLooksBackOverTurns() {
    GenerationOptions drawn = SHORT.withRepeatPenalty(0.2).withRepeatWindow(1000);
    try (Conversation conversation = vlm.conversation()) {
      int[] first = conversation.user(QUESTION).options(SHORT).answer().tokens();
      int[] second = conversation.user(NEXT).options(drawn).answer().tokens();
      assertArrayEquals(nextFromScratch(null, first, drawn), second);
      assertTrue(Arrays.stream(second).anyMatch(id -> Arrays.stream(first).anyMatch(said -> said == id)), Arrays.toString(second));
    }
  }

  @Test
  void pictureThatWasEncodedBeforeEqualsThePicture() {
    int[] expected = vlm.ask(Golden.image("landscape_336.png"), QUESTION, SHORT).tokens();
    for (int i = 0; i < 2; i++) {
      try (Conversation conversation = vlm.conversation()) {
        assertArrayEquals(expected, conversation.user(QUESTION, seen).options(SHORT).answer().tokens());
      }
    }
  }

  @Test
  void conversationsSideBySideEqualThoseAlone() {
    List<String> questions = List.of(QUESTION, NEXT);
    List<List<int[]>> alone = questions.stream().map(ConversationTest::twoTurns).toList();
    List<CompletableFuture<List<int[]>>> together = questions.stream()
        .map(question -> CompletableFuture.supplyAsync(() -> twoTurns(question), task -> new Thread(task).start())).toList();
    for (int q = 0; q < alone.size(); q++) {
      for (int turn = 0; turn < 2; turn++) {
        assertArrayEquals(alone.get(q).get(turn), together.get(q).join().get(turn));
      }
    }
  }

  private static List<int[]> twoTurns(String question) {
    try (Conversation conversation = vlm.conversation()) {
      return List.of(conversation.user(question, seen).options(SHORT).answer().tokens(),
          conversation.user("And now?").options(SHORT).answer().tokens());
    }
  }

  @Test
  void stopStringLeavesNothingInTheCache() {
    Answer whole = vlm.ask(null, QUESTION, SHORT);
    String text = whole.text();
    int at = text.length() * 2 / 3;
    String stop = text.substring(at, at + 2);
    String before = text.substring(0, text.indexOf(stop));
    try (Conversation conversation = vlm.conversation()) {
      StringBuilder heard = new StringBuilder();
      Answer first = conversation.user(QUESTION).options(SHORT.withStop(List.of(stop))).stream(heard::append);
      assertEquals(FinishReason.STOP_STRING, first.finish());
      assertEquals(before, first.text());
      assertEquals(before, heard.toString());
      int[] said = answerIn(conversation);
      assertEquals(before, vlm.tokenizer().decode(said));
      assertGoesOn(conversation, null, said);
    }
  }

  @Test
  void stopStringInsideATokenKeepsWhatStandsBeforeIt() {
    Answer whole = vlm.ask(null, QUESTION, SHORT);
    String word = vlm.tokenizer().piece(whole.tokens()[1]).replace("▁", "");
    assertTrue(word.length() > 3, word);
    String stop = word.substring(2);
    String before = whole.text().substring(0, whole.text().indexOf(stop));
    try (Conversation conversation = vlm.conversation()) {
      Answer first = conversation.user(QUESTION).options(SHORT.withStop(List.of(stop))).answer();
      assertEquals(before, first.text());
      int[] said = answerIn(conversation);
      assertEquals(before, vlm.tokenizer().decode(said));
      assertGoesOn(conversation, null, said);
    }
  }

  /** The model begins a character of several bytes and does not end it, which shows with the next token only: the cache keeps neither. */
  @Test
  void stopStringOfSeveralTokensLeavesNoneOfThem() {
    GenerationOptions options = GenerationOptions.defaults().withMaxTokens(16).withStop(List.of("\uFFFD"));
    try (Conversation conversation = vlm.conversation()) {
      Answer answer = conversation.user("What differs?", seen, seen).options(options).answer();
      assertEquals(FinishReason.STOP_STRING, answer.finish());
      int rows = answer.statistics().promptTokens() - 2 * seen.tokens();
      int[] said = conversation.said();
      assertEquals(answer.text(), vlm.tokenizer().decode(Arrays.copyOfRange(said, rows, said.length)));
      assertEquals(said.length + 2 * seen.tokens(), conversation.position());
      assertEquals(2, answer.tokens().length - (said.length - rows));
    }
  }

  /** The prompt takes several passes, of which a later one fails. */
  @Test
  void promptThatFailsHalfwayChangesNothing() {
    try (Conversation conversation = vlm.conversation()) {
      Answer first = conversation.user(QUESTION).options(SHORT).answer();
      int position = conversation.position();
      ImageEmbedding broken = new ImageEmbedding(8, seen.width(), new float[0]);
      Conversation.Turn turn = conversation.user("And these?", seen, seen, seen, seen, broken);
      assertThrows(RuntimeException.class, turn::answer);
      assertEquals(position, conversation.position());
      assertGoesOn(conversation, null, first.tokens());
    }
  }

  @Test
  void interruptCancels() {
    try (Conversation conversation = vlm.conversation()) {
      AtomicInteger pieces = new AtomicInteger();
      Answer first = conversation.user(QUESTION).options(SHORT).stream(piece -> {
        if (pieces.incrementAndGet() == 3) {
          Thread.currentThread().interrupt();
        }
      });
      assertTrue(Thread.interrupted());
      assertEquals(FinishReason.CANCELLED, first.finish());
      assertTrue(first.tokens().length >= 3 && first.tokens().length < 8);
      assertGoesOn(conversation, null, first.tokens());
    }
  }

  @Test
  void interruptBeforeTheAnswerChangesNothing() {
    try (Conversation conversation = vlm.conversation()) {
      Answer first = conversation.user(QUESTION).options(SHORT).answer();
      int position = conversation.position();
      Thread.currentThread().interrupt();
      Answer nothing = conversation.user("And this one?", seen).options(SHORT).answer();
      assertTrue(Thread.interrupted());
      assertEquals(FinishReason.CANCELLED, nothing.finish());
      assertEquals(0, nothing.tokens().length);
      assertEquals(position, conversation.position());
      assertGoesOn(conversation, null, first.tokens());
    }
  }

  @Test
  void listenerThatThrowsKeepsWhatWasSaid() {
    try (Conversation conversation = vlm.conversation()) {
      AtomicInteger pieces = new AtomicInteger();
      IllegalStateException thrown = new IllegalStateException("full disk");
      assertEquals(thrown, assertThrows(IllegalStateException.class, () -> conversation.user(QUESTION).options(SHORT).stream(piece -> {
        if (pieces.incrementAndGet() == 3) {
          throw thrown;
        }
      })));
      int[] said = answerIn(conversation);
      assertArrayEquals(Arrays.copyOf(vlm.ask(null, QUESTION, SHORT).tokens(), said.length), said);
      assertGoesOn(conversation, null, said);
    }
  }

  @Test
  void listenerMayNotAsk() {
    try (Conversation conversation = vlm.conversation()) {
      Conversation.Turn turn = conversation.user(QUESTION).options(SHORT);
      assertThrows(IllegalStateException.class, () -> turn.stream(piece -> conversation.user(NEXT).answer()));
    }
  }

  @Test
  void closedByTheListener() {
    Conversation conversation = vlm.conversation();
    Answer answer = conversation.user(QUESTION).options(SHORT).stream(piece -> conversation.close());
    assertEquals(FinishReason.CANCELLED, answer.finish());
    assertTrue(answer.tokens().length < 8);
    assertThrows(IllegalStateException.class, () -> conversation.user(NEXT).answer());
    conversation.close();
  }

  @Test
  void closedByAnotherThread() throws InterruptedException {
    Conversation conversation = vlm.conversation();
    Thread closer = new Thread(conversation::close);
    Answer answer = conversation.user(QUESTION).options(SHORT).stream(piece -> {
      if (closer.getState() == Thread.State.NEW) {
        closer.start();
        while (closer.getState() != Thread.State.WAITING) { // for this turn to end
          Thread.onSpinWait();
        }
      }
    });
    closer.join();
    assertEquals(FinishReason.CANCELLED, answer.finish());
    assertTrue(answer.tokens().length < 8);
    assertThrows(IllegalStateException.class, () -> conversation.user(NEXT).answer());
  }

  @Test
  void modelThatIsClosedCancels() {
    MobileVlm other = load(LoadOptions.defaults());
    try (Conversation conversation = other.conversation()) {
      Answer answer = conversation.user(QUESTION).options(SHORT).stream(piece -> other.close());
      assertEquals(FinishReason.CANCELLED, answer.finish());
      assertTrue(answer.tokens().length < 8);
    }
    other.close();
  }

  @Test
  void closedModelSaysSo() {
    MobileVlm other = load(LoadOptions.defaults());
    Conversation conversation = other.conversation();
    other.close();
    for (Runnable asks : List.<Runnable>of(() -> other.ask(null, QUESTION), other::conversation, () -> conversation.user(QUESTION).answer(),
        () -> other.encode(Golden.image("landscape_336.png")), () -> other.negativeLogLikelihoods(1, 2))) {
      assertEquals("the model is closed", assertThrows(IllegalStateException.class, asks::run).getMessage());
    }
    conversation.close();
  }

  @Test
  void conversationClosedWhileTheQuestionIsReadLeavesTheRest() throws InterruptedException {
    try (MobileVlm large = load(LoadOptions.defaults().withContext(20_000))) {
      Conversation conversation = large.conversation();
      assertStopsReading(conversation, conversation::close);
    }
  }

  @Test
  void modelClosedWhileTheQuestionIsReadLeavesTheRest() throws InterruptedException {
    MobileVlm large = load(LoadOptions.defaults().withContext(20_000));
    assertStopsReading(large.conversation(), large::close);
  }

  /** The question takes dozens of passes; it is closed in one of the first. */
  private static void assertStopsReading(Conversation conversation, Runnable closing) throws InterruptedException {
    ImageEmbedding[] pictures = new ImageEmbedding[100];
    Arrays.fill(pictures, seen);
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    Thread asker = Thread.ofPlatform().start(() -> answer.complete(conversation.user(QUESTION, pictures).answer()));
    while (asker.getState() != Thread.State.TIMED_WAITING) { // for a pass
      Thread.onSpinWait();
    }
    closing.run();
    asker.join();
    assertEquals(FinishReason.CANCELLED, answer.join().finish());
    assertEquals(0, answer.join().statistics().promptTokens(), "the question was read to its end");
  }

  /** The wish to stop comes with the tenth loop of the pass. */
  @Test
  void readingStopsInsideAPass() {
    AtomicInteger loops = new AtomicInteger();
    try (LanguageModel model = new LanguageModel(Golden.file("lm/f16.gguf"), "scalar"); Sequence sequence = model.sequence(1024)) {
      assertThrows(CancelledException.class, () -> Cancellation.during(() -> loops.incrementAndGet() >= 10,
          () -> sequence.readAll(1, 319, 259, 300)));
      assertEquals(10, loops.get());
      assertEquals(0, sequence.length());
    }
  }

  @Test
  void answerEndsWhereTheContextIsFull() {
    int context = promptRows(QUESTION) + 3;
    try (MobileVlm small = load(LoadOptions.defaults().withContext(context)); Conversation conversation = small.conversation()) {
      Answer answer = conversation.user(QUESTION).options(SHORT).answer();
      assertEquals(FinishReason.CONTEXT_FULL, answer.finish());
      assertArrayEquals(Arrays.copyOf(vlm.ask(null, QUESTION, SHORT).tokens(), 4), answer.tokens());
      assertEquals(context, conversation.position());
      assertThrows(ContextFullException.class, () -> conversation.user(NEXT).answer());
    }
  }

  /** An interrupt cancels whatever is computed: that the exception comes all the same shows that nothing was. */
  @Test
  void promptThatDoesNotFitIsRefusedBeforeAnyWork() {
    try (MobileVlm small = load(LoadOptions.defaults().withContext(100)); Conversation conversation = small.conversation()) {
      Thread.currentThread().interrupt();
      String message = assertThrows(ContextFullException.class,
          () -> conversation.user(QUESTION, Golden.image("landscape_336.png")).answer()).getMessage();
      assertTrue(Thread.interrupted());
      assertTrue(message.contains("100"), message);
      assertEquals(0, conversation.position());
    }
  }

  /** More positions than an int can count. */
  @Test
  void absurdlyManyPicturesDoNotFit() {
    ImageEmbedding huge = new ImageEmbedding(1 << 30, seen.width(), new float[0]);
    try (Conversation conversation = vlm.conversation()) {
      Conversation.Turn turn = conversation.user(QUESTION, huge, huge, huge, huge, seen);
      String message = assertThrows(ContextFullException.class, turn::answer).getMessage();
      assertTrue(message.contains(Long.toString((1L << 32) + seen.tokens() + promptRows(QUESTION, 5))), message);
    }
  }

  @Test
  void conversationGoesOnAfterAQuestionThatWasTooLong() {
    try (MobileVlm small = load(LoadOptions.defaults().withContext(140)); Conversation conversation = small.conversation()) {
      Answer first = conversation.user(QUESTION).options(SHORT).answer();
      int position = conversation.position();
      assertThrows(ContextFullException.class, () -> conversation.user("What? ".repeat(100)).answer());
      assertThrows(ContextFullException.class, () -> conversation.user(NEXT, seen).answer());
      assertEquals(position, conversation.position());
      assertGoesOn(conversation, null, first.tokens());
    }
  }

  @Test
  void sameSeedSameText() {
    GenerationOptions warm = GenerationOptions.defaults().withMaxTokens(16).withTemperature(1);
    String text = vlm.ask(null, QUESTION, warm.withSeed(7)).text();
    assertEquals(text, vlm.ask(null, QUESTION, warm.withSeed(7)).text());
    assertNotEquals(text, vlm.ask(null, QUESTION, warm.withSeed(8)).text());
  }

  @Test
  void piecesMakeTheText() {
    StringBuilder heard = new StringBuilder();
    try (Conversation conversation = vlm.conversation()) {
      Answer answer = conversation.user(QUESTION).options(SHORT).stream(heard::append);
      assertEquals(answer.text(), heard.toString());
      assertEquals(8, answer.statistics().generatedTokens());
      assertEquals(promptRows(QUESTION), answer.statistics().promptTokens());
    }
  }

  @Test
  void modelWithoutEyesRefusesPictures() {
    try (MobileVlm blind = MobileVlm.load(Golden.file("lm/f16.gguf"), null, LoadOptions.defaults().withBackend("scalar"))) {
      assertFalse(blind.seesImages());
      for (Runnable asks : List.<Runnable>of(() -> blind.ask(Golden.image("landscape_336.png"), QUESTION),
          () -> blind.encode(Golden.image("landscape_336.png")))) {
        assertTrue(assertThrows(IllegalStateException.class, asks::run).getMessage().contains("mmproj"));
      }
      assertArrayEquals(vlm.ask(null, QUESTION, SHORT).tokens(), blind.ask(null, QUESTION, SHORT).tokens());
    }
  }

  /** Some files round the rows of their tables up; whatever stands in those rows, they name no token. */
  @Test
  void rowsWithoutATokenAreNeverChosen(@TempDir Path dir) {
    Path padded = new GgufCopy(Golden.file("lm/f16.gguf")).tensors(t -> {
      if (t.shape().rows() != 1200) {
        return t;
      }
      float[] values = Arrays.copyOf(t.toFloats(), 1280 * 256);
      for (int i = 1200 * 256; i < values.length; i++) {
        values[i] = i % 512 < 256 ? 100 : -100;
      }
      return Tensor.ofFloats(t.name(), Shape.of(1280, 256), values);
    }).write(dir.resolve("padded.gguf"));
    try (MobileVlm model = MobileVlm.load(padded, null, LoadOptions.defaults().withBackend("scalar"))) {
      assertArrayEquals(vlm.ask(null, QUESTION, SHORT).tokens(), model.ask(null, QUESTION, SHORT).tokens());
    }
  }

  @Test
  void pictureOfAnotherWidthIsRefused() {
    try (Conversation conversation = vlm.conversation()) {
      ImageEmbedding narrow = new ImageEmbedding(1, 64, new float[64]);
      String message = assertThrows(IllegalArgumentException.class, () -> conversation.user(QUESTION, narrow).answer()).getMessage();
      assertTrue(message.contains("64") && message.contains("256"), message);
      assertEquals(0, conversation.position());
    }
  }

  @Test
  void likelihoodsAgreeWithLogits() {
    int[] ids = {1, 319, 259, 300, 402, 411, 1071, 13, 500, 600, 700, 800, 901};
    double[] got = vlm.negativeLogLikelihoods(ids);
    float[] logits = Golden.floats("lm_logits/f16.f32");
    assertEquals(ids.length - 1, got.length);
    for (int i = 0; i < got.length; i++) {
      double sum = 0;
      for (int id = 0; id < 1200; id++) {
        sum += Math.exp(logits[i * 1200 + id]);
      }
      assertEquals(Math.log(sum) - logits[i * 1200 + ids[i + 1]], got[i], 0.01);
    }
    assertThrows(IllegalArgumentException.class, () -> vlm.negativeLogLikelihoods(1, 1200));
    assertThrows(IllegalArgumentException.class, () -> vlm.negativeLogLikelihoods(-1, 2));
    assertEquals(0, vlm.negativeLogLikelihoods(1).length);
  }
}
