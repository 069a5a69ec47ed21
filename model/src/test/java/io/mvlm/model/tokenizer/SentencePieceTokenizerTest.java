package io.mvlm.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.mvlm.core.InvalidDataException;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Expected ids and texts come from SentencePiece itself. */
class SentencePieceTokenizerTest {
  private static final Tokenizer TINY = Tokenizer.of(Vocabularies.tinyLlama());

  @Test
  void textsAndIdsAsSentencePiece() {
    for (JsonElement element : Vocabularies.json(getClass(), "sentencepiece.json").getAsJsonArray()) {
      JsonObject golden = element.getAsJsonObject();
      String text = golden.get("text").getAsString();
      int[] ids = Vocabularies.ints(golden.get("ids"));
      assertArrayEquals(ids, TINY.encode(text, false), text);
      assertEquals(golden.get("decoded").getAsString(), TINY.decode(ids));
    }
  }

  @Test
  void randomTextsAsSentencePiece() {
    JsonObject golden = Vocabularies.json(getClass(), "sentencepiece-random.json").getAsJsonObject();
    for (JsonElement element : golden.getAsJsonArray("texts")) {
      JsonObject one = element.getAsJsonObject();
      assertArrayEquals(Vocabularies.ints(one.get("ids")), TINY.encode(one.get("text").getAsString(), false), one.toString());
    }
  }

  @Test
  void randomIdsAsSentencePiece() {
    JsonObject golden = Vocabularies.json(getClass(), "sentencepiece-random.json").getAsJsonObject();
    for (JsonElement element : golden.getAsJsonArray("ids")) {
      JsonObject one = element.getAsJsonObject();
      assertEquals(one.get("text").getAsString(), TINY.decode(Vocabularies.ints(one.get("ids"))), one.toString());
    }
  }

  @Test
  void unusedPiecesAreTakenApartAsSentencePieceDoes() {
    JsonObject golden = Vocabularies.json(getClass(), "sentencepiece-random.json").getAsJsonObject();
    int[] types = Vocabularies.types(TINY.vocabulary());
    for (int id : Vocabularies.ints(golden.get("unused"))) {
      types[id] = TokenType.UNUSED.number();
    }
    Tokenizer tokenizer = Tokenizer.of(builder().types(types).build());
    for (JsonElement element : golden.getAsJsonArray("unused_texts")) {
      JsonObject one = element.getAsJsonObject();
      assertArrayEquals(Vocabularies.ints(one.get("ids")), tokenizer.encode(one.get("text").getAsString(), false), one.toString());
    }
  }

  private static Vocabulary.Builder builder() {
    Vocabulary tiny = TINY.vocabulary();
    return new Vocabulary.Builder("tiny", Vocabulary.LLAMA, tiny.pieces()).scores(Vocabularies.scores(tiny))
        .types(Vocabularies.types(tiny)).bos(1).eos(2).unknown(0);
  }

  @Test
  void controlTokensAreTextUnlessParsed() {
    assertArrayEquals(new int[] {1119, 1191, 1180, 1127, 1192}, TINY.encode("</s>", false));
    assertArrayEquals(new int[] {2}, TINY.encode("</s>", true));
  }

  @Test
  void textAfterControlTokenStartsAfresh() {
    int[] user = TINY.encode("USER:", false);
    assertArrayEquals(new int[] {888, 1173}, user);
    assertArrayEquals(new int[] {1, 2, 888, 1173}, TINY.encode("<s></s>USER:", true));
    assertArrayEquals(new int[] {1119, 1192, 2, 1119, 1192}, TINY.encode("></s>>", true));
  }

  @Test
  void continuedTextGetsNoSpace() {
    assertArrayEquals(new int[] {1119}, TINY.encode(" ", false, true));
    assertArrayEquals(new int[] {260}, TINY.encode(" ", false, false));
    assertArrayEquals(new int[0], TINY.encode("", false, true));
  }

  @Test
  void spacePrefixCanBeOffInTheFile() {
    Tokenizer tokenizer = Tokenizer.of(builder().addSpacePrefix(false).build());
    int[] ids = tokenizer.encode(" a", false);
    assertArrayEquals(TINY.encode("a", false), ids);
    assertEquals(" a", tokenizer.decode(ids));
  }

  @Test
  void extraWhitespaceIsRemovedIfTheFileSaysSo() {
    Tokenizer tokenizer = Tokenizer.of(builder().removeExtraWhitespaces(true).build());
    assertArrayEquals(TINY.encode("a b c", false), tokenizer.encode("  a   b c ", false));
    assertArrayEquals(new int[0], tokenizer.encode("   ", false));
  }

  @Test
  void userDefinedPiecesAreParsedWhereAllowed() {
    int[] types = Vocabularies.types(TINY.vocabulary());
    int er = TINY.vocabulary().idOf("er");
    types[er] = TokenType.USER_DEFINED.number();
    Tokenizer tokenizer = Tokenizer.of(builder().types(types).build());
    assertFalse(contains(tokenizer.encode("xerx", false), er));
    assertTrue(contains(tokenizer.encode("xerx", true), er));
  }

  @Test
  void userDefinedWhiteSpaceIsAlwaysText() {
    int[] types = Vocabularies.types(TINY.vocabulary());
    types[260] = TokenType.USER_DEFINED.number();
    Tokenizer tokenizer = Tokenizer.of(builder().types(types).build());
    assertArrayEquals(new int[] {260, 260, 1119}, tokenizer.encode("    ", false));
    assertEquals("    ", tokenizer.decode(260, 260, 1119));
  }

  private static boolean contains(int[] ids, int wanted) {
    return Arrays.stream(ids).anyMatch(id -> id == wanted);
  }

  @Test
  void withoutBytePiecesRunsOfUnknownCharactersAreOneToken() {
    TextTable pieces = TextTable.of("<unk>", "▁", "a");
    Tokenizer tokenizer = Tokenizer.of(new Vocabulary.Builder("small", Vocabulary.LLAMA, pieces).scores(new float[3])
        .types(new int[] {2, 1, 1}).unknown(0).build());
    assertArrayEquals(new int[] {1, 2, 0, 2}, tokenizer.encode("axyza", false));
    assertEquals("a ⁇ a", tokenizer.decode(1, 2, 0, 2));
  }

  @Test
  void controlTokensHaveNoText() {
    assertEquals("Hell", TINY.decode(1, 714, 707, 2));
    assertEquals("", TINY.decode(1, 2));
  }

  @Test
  void endsOfGeneration() {
    assertTrue(TINY.isEndOfGeneration(2));
    assertFalse(TINY.isEndOfGeneration(1));
    assertFalse(TINY.isEndOfGeneration(-1));
    assertFalse(TINY.isEndOfGeneration(1 << 30));
  }

  @Test
  void pieceIsThatOfTheFile() {
    assertEquals("▁the", TINY.piece(266));
    assertEquals("<0x0A>", TINY.piece(13));
    assertThrows(IllegalArgumentException.class, () -> TINY.piece(1200));
    assertThrows(IllegalArgumentException.class, () -> TINY.decode(-1));
  }

  @Test
  void longTextsTakeLittleTime() {
    for (String part : new String[] {"a", "the ", " ", "\uD83E\uDD99", "\u0000", "xY\n", "\uD800"}) {
      String text = part.repeat((1 << 20) / part.length());
      int[] ids = assertTimeout(Duration.ofSeconds(20), () -> TINY.encode(text, true));
      assertEquals(text.replace('\uD800', '\uFFFD'), assertTimeout(Duration.ofSeconds(20), () -> TINY.decode(ids)));
    }
  }

  @Test
  void scoresAreRequired() {
    Vocabulary vocabulary = new Vocabulary.Builder("small", Vocabulary.LLAMA, TextTable.of("a")).build();
    assertThrows(InvalidDataException.class, () -> Tokenizer.of(vocabulary));
  }

  @Test
  void bytePiecesMustLookLikeBytes() {
    Vocabulary vocabulary =
        new Vocabulary.Builder("small", Vocabulary.LLAMA, TextTable.of("<0xG0>")).scores(new float[1]).types(new int[] {6}).build();
    assertThrows(InvalidDataException.class, () -> Tokenizer.of(vocabulary));
  }
}
