package io.mvlm.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What holds for any text and any ids. */
class TokenizerPropertiesTest {
  private static final List<Tokenizer> TOKENIZERS = List.of(
      Tokenizer.of(Vocabularies.tinyLlama()),
      Tokenizer.of(Vocabularies.tinyGpt2()),
      Tokenizer.of(Vocabularies.tinyGpt2("smollm")),
      Tokenizer.of(Vocabularies.tinyGpt2("llama-bpe")),
      Tokenizer.of(Vocabularies.tinyGpt2("qwen2")),
      Tokenizer.of(Vocabularies.tinyGpt2("default")));

  @Provide
  Arbitrary<Tokenizer> tokenizers() {
    return Arbitraries.of(TOKENIZERS);
  }

  @Provide
  Arbitrary<String> texts() {
    Arbitrary<String> parts = Arbitraries.of(
        " ", "  ", "\n", "the", "The ", "12", "'s", "</s>", "<|im_end|>", "<0x0A>", "é", "漢字", "🦙", "\u0000", "\uD800", "\uDC00",
        "\u200b", "\u00a0", "zq", "USER: ", ".", "\t");
    Arbitrary<String> mixed = parts.list().ofMaxSize(20).map(list -> String.join("", list));
    return Arbitraries.oneOf(mixed, Arbitraries.strings().ofMaxLength(60), Arbitraries.strings().ascii().ofMaxLength(60));
  }

  /** ▁ and space are the same to SentencePiece; lone surrogates are no text. */
  private static String asDecoded(Tokenizer tokenizer, String text) {
    String valid = new String(Utf8.encode(text), StandardCharsets.UTF_8);
    return tokenizer instanceof SentencePieceTokenizer ? valid.replace('\u2581', ' ') : valid;
  }

  @Property(tries = 2000)
  void decodingGivesTheEncodedText(@ForAll("tokenizers") Tokenizer tokenizer, @ForAll("texts") String text) {
    int[] ids = tokenizer.encode(text, false);
    assertEquals(asDecoded(tokenizer, text), tokenizer.decode(ids));
    for (int id : ids) {
      assertFalse(tokenizer.vocabulary().type(id) == TokenType.CONTROL, "a control token from plain text");
    }
  }

  @Property(tries = 1000)
  void parsedTextIsItsPartsBetweenSpecialTokens(@ForAll("tokenizers") Tokenizer tokenizer, @ForAll("texts") String left,
      @ForAll("texts") String right) {
    int[] a = tokenizer.encode(left + "\n", true);
    int[] b = tokenizer.encode(right, true);
    String end = tokenizer.piece(2);
    int[] whole = tokenizer.encode(left + "\n" + end + right, true);
    int[] expected = Arrays.copyOf(a, a.length + 1 + b.length);
    expected[a.length] = 2;
    System.arraycopy(b, 0, expected, a.length + 1, b.length);
    assertArrayEquals(expected, whole);
  }

  @Property(tries = 2000)
  void streamingGivesTheWholeText(@ForAll("tokenizers") Tokenizer tokenizer, @ForAll List<Integer> numbers, @ForAll boolean bytes) {
    int[] ids = numbers.stream().mapToInt(n -> Math.floorMod(n, bytes ? 300 : tokenizer.size())).toArray();
    StreamingDecoder decoder = tokenizer.decoder();
    for (int round = 0; round < 2; round++) {
      StringBuilder text = new StringBuilder();
      for (int id : ids) {
        String piece = decoder.push(id);
        assertEquals(piece, new String(piece.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8), "half a character");
        text.append(piece);
      }
      text.append(decoder.flush());
      assertEquals(tokenizer.decode(ids), text.toString());
    }
  }
}
