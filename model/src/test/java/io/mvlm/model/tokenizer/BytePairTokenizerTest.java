package io.mvlm.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.mvlm.core.UnsupportedFeatureException;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Expected ids and texts come from an independent implementation of byte-level BPE. */
class BytePairTokenizerTest {
  private static final Tokenizer TINY = Tokenizer.of(Vocabularies.tinyGpt2());

  @ParameterizedTest
  @ValueSource(strings = {"gpt-2", "smollm", "llama-bpe", "qwen2", "default"})
  void texts(String preTokenizer) {
    Tokenizer tokenizer = Tokenizer.of(Vocabularies.tinyGpt2(preTokenizer));
    assertTrue(tokenizer.warning().isEmpty());
    for (JsonElement element : Vocabularies.json(getClass(), "byte-level.json").getAsJsonObject().getAsJsonArray("texts")) {
      JsonObject golden = element.getAsJsonObject();
      String text = golden.get("text").getAsString();
      int[] ids = Vocabularies.ints(golden.get(preTokenizer));
      assertArrayEquals(ids, tokenizer.encode(text, false), text);
      assertEquals(text, tokenizer.decode(ids));
    }
  }

  @Test
  void ids() {
    for (JsonElement element : Vocabularies.json(getClass(), "byte-level.json").getAsJsonObject().getAsJsonArray("ids")) {
      JsonObject golden = element.getAsJsonObject();
      assertEquals(golden.get("text").getAsString(), TINY.decode(Vocabularies.ints(golden.get("ids"))), golden.toString());
    }
  }

  @Test
  void controlTokensAreTextUnlessParsed() {
    String text = "<|im_start|>user\n🦙 hi<|im_end|>";
    assertEquals(text, TINY.decode(TINY.encode(text, false)));
    int[] parsed = TINY.encode(text, true);
    assertEquals(1, parsed[0]);
    assertEquals(2, parsed[parsed.length - 1]);
    assertEquals("user\n🦙 hi", TINY.decode(parsed));
  }

  @Test
  void userDefinedWhiteSpaceIsAlwaysText() {
    TextTable.Builder pieces = new TextTable.Builder(901);
    for (int id = 0; id < TINY.size(); id++) {
      pieces.add(Utf8.encode(TINY.vocabulary().pieces().get(id)));
    }
    int[] types = Arrays.copyOf(Vocabularies.types(TINY.vocabulary()), 901);
    types[900] = TokenType.USER_DEFINED.number();
    Tokenizer tokenizer = Tokenizer.of(new Vocabulary.Builder("tiny", Vocabulary.GPT2, pieces.add(Utf8.encode("   ")).build())
        .preTokenizer("gpt-2").types(types).merges(TINY.vocabulary().merges()).build());
    int[] ids = tokenizer.encode("🦙   a", false);
    assertEquals(900, ids[ids.length - 2]);
    assertEquals("🦙   a", tokenizer.decode(ids));
  }

  @Test
  void unknownPreTokenizerIsDefaultWithWarning() {
    Tokenizer tokenizer = Tokenizer.of(Vocabularies.tinyGpt2("no-such"));
    assertTrue(tokenizer.warning().orElseThrow().contains("no-such"));
    assertArrayEquals(Tokenizer.of(Vocabularies.tinyGpt2("default")).encode("a+b 1234", false), tokenizer.encode("a+b 1234", false));
    assertTrue(Tokenizer.of(Vocabularies.tinyGpt2("")).warning().orElseThrow().contains("no pre-tokenizer"));
  }

  @Test
  void beginOfTextByDefaultForLlama3Only() {
    assertTrue(Tokenizer.of(Vocabularies.tinyGpt2("llama-bpe")).addBos());
    assertFalse(Tokenizer.of(Vocabularies.tinyGpt2("gpt-2")).addBos());
  }

  @Test
  void bytesWithoutPieceAreLeftOut() {
    TextTable pieces = TextTable.of("a", "b", "ab");
    Tokenizer tokenizer = Tokenizer.of(
        new Vocabulary.Builder("small", Vocabulary.GPT2, pieces).preTokenizer("gpt-2").merges(TextTable.of("a b")).build());
    assertArrayEquals(new int[] {2, 0}, tokenizer.encode("axba", false));
    assertArrayEquals(new int[0], tokenizer.encode("xyz", false));
  }

  @Test
  void mergesWithoutPiecesNeverApply() {
    TextTable merges = TextTable.of("a b", "", "a", "a ", " a", " ", "a c", "b a", "ab b", "ab ab");
    Tokenizer tokenizer = Tokenizer.of(
        new Vocabulary.Builder("small", Vocabulary.GPT2, TextTable.of("a", "b", "ab", "Ġ")).preTokenizer("gpt-2").merges(merges).build());
    assertArrayEquals(new int[] {2, 2, 1, 0, 3, 0}, tokenizer.encode("ababba a", false));
  }

  @Test
  void otherModelsAreNamed() {
    Vocabulary vocabulary = new Vocabulary.Builder("small", "bert", TextTable.of("a")).build();
    assertTrue(assertThrows(UnsupportedFeatureException.class, () -> Tokenizer.of(vocabulary)).getMessage().contains("'bert'"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt-2", "smollm", "llama-bpe", "qwen2", "default"})
  void longTextsTakeLittleTime(String preTokenizer) {
    Tokenizer tokenizer = Tokenizer.of(Vocabularies.tinyGpt2(preTokenizer));
    for (String part : new String[] {"a", "the ", " ", "\uD83E\uDD99", "\u0000", "xY\n", "1", "\uD800", "'", "!\n", "a."}) {
      String text = part.repeat((1 << 18) / part.length());
      int[] ids = assertTimeout(Duration.ofSeconds(20), () -> tokenizer.encode(text, true));
      assertEquals(text.replace('\uD800', '\uFFFD'), assertTimeout(Duration.ofSeconds(20), () -> tokenizer.decode(ids)));
    }
  }
}
