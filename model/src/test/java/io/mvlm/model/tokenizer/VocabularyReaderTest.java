package io.mvlm.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.InvalidDataException;
import io.mvlm.gguf.GgufWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VocabularyReaderTest {
  private static final String PREFIX = "tokenizer.ggml.";

  @TempDir Path folder;

  private Vocabulary read(Consumer<GgufWriter> keys) {
    GgufWriter writer = new GgufWriter().string("general.architecture", "llama");
    keys.accept(writer);
    Path path = folder.resolve("vocabulary.gguf");
    writer.write(path);
    return Vocabularies.read(path);
  }

  private static GgufWriter llama(GgufWriter writer) {
    return writer.string(PREFIX + "model", "llama").strings(PREFIX + "tokens", "<unk>", "<s>", "</s>", "<0x0A>", "a");
  }

  private void refused(String expected, Consumer<GgufWriter> keys) {
    InvalidDataException e = assertThrows(InvalidDataException.class, () -> read(keys));
    assertTrue(e.getMessage().contains(expected), e.getMessage());
    assertTrue(e.getMessage().contains("vocabulary.gguf"), e.getMessage());
    assertEquals(1, e.getMessage().lines().count());
  }

  @Test
  void whatAFileLeavesOut() {
    Vocabulary vocabulary = read(w -> llama(w).floats(PREFIX + "scores", 0, 0, 0, 0, -1));
    assertEquals(0, vocabulary.unknown());
    assertEquals(1, vocabulary.bos());
    assertEquals(2, vocabulary.eos());
    assertEquals(Vocabulary.NONE, vocabulary.eot());
    assertTrue(vocabulary.addBos());
    assertTrue(vocabulary.addSpacePrefix());
    assertEquals(TokenType.CONTROL, vocabulary.type(2));
    assertEquals(TokenType.BYTE, vocabulary.type(3));
    assertEquals(TokenType.NORMAL, vocabulary.type(4));
  }

  @Test
  void whatAFileSays() {
    Vocabulary vocabulary = read(w -> w.string(PREFIX + "model", "gpt2").string(PREFIX + "pre", "qwen2")
        .strings(PREFIX + "tokens", "a", "b", "ab", "<e>").integers(PREFIX + "token_type", 1, 1, 1, 3)
        .strings(PREFIX + "merges", "a b").uint32(PREFIX + "eos_token_id", 3).uint32(PREFIX + "bos_token_id", 0xFFFFFFFFL)
        .bool(PREFIX + "add_bos_token", true).bool(PREFIX + "add_space_prefix", false));
    assertEquals("qwen2", vocabulary.preTokenizer());
    assertEquals(3, vocabulary.eos());
    assertEquals(Vocabulary.NONE, vocabulary.bos());
    assertFalse(vocabulary.addBos());
    assertFalse(vocabulary.addSpacePrefix());
    assertEquals("a b", vocabulary.merges().get(0));
    assertEquals(2, vocabulary.idOf("ab"));
    assertEquals(Vocabulary.NONE, vocabulary.idOf("abc"));
  }

  @Test
  void brokenVocabularies() {
    refused("tokenizer.ggml.model", w -> { });
    refused("tokenizer.ggml.tokens", w -> w.string(PREFIX + "model", "llama"));
    refused("no tokens", w -> w.string(PREFIX + "model", "llama").strings(PREFIX + "tokens"));
    refused("2 scores for 5 tokens", w -> llama(w).floats(PREFIX + "scores", 0, 0));
    refused("token 1 is NaN", w -> llama(w).floats(PREFIX + "scores", 0, Float.NaN, 0, 0, 0));
    refused("1 token types for 5 tokens", w -> llama(w).integers(PREFIX + "token_type", 1));
    refused("type of token 4 is 7", w -> llama(w).integers(PREFIX + "token_type", 2, 3, 3, 6, 7));
    refused("end-of-text token is 5", w -> llama(w).uint32(PREFIX + "eos_token_id", 5));
    refused("bos_token_id is 2147483648", w -> llama(w).uint32(PREFIX + "bos_token_id", 0x80000000L));
    refused("tokens 0 and 2 have the same text",
        w -> w.string(PREFIX + "model", "llama").strings(PREFIX + "tokens", "a", "b", "a", "b"));
  }

  @Test
  void unusedTokensMayRepeat() {
    assertEquals(0, read(w -> w.string(PREFIX + "model", "gpt2").strings(PREFIX + "tokens", "a", "a")
        .integers(PREFIX + "token_type", 1, 5)).idOf("a"));
  }

  @Test
  void illFormedUtf8() {
    TextTable.Builder pieces = new TextTable.Builder(3);
    pieces.add("é".getBytes(StandardCharsets.UTF_8));
    TextTable split = pieces.add(new byte[] {(byte) 0xC3}).add(new byte[] {(byte) 0xA9}).build();
    InvalidDataException e =
        assertThrows(InvalidDataException.class, () -> new Vocabulary.Builder("x", Vocabulary.LLAMA, split).build());
    assertTrue(e.getMessage().contains("token 1"), e.getMessage());
  }
}
