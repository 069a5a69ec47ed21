package io.mvlm.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** A real vocabulary of 49152 tokens; two independent tokenizers agree on the expected values. */
class SmolLmTokenizerTest {
  @Test
  void textsAndIds() {
    Path folder = Vocabularies.smolLm();
    Tokenizer tokenizer = Tokenizer.of(Vocabularies.smolLmVocabulary());
    for (JsonElement element : Vocabularies.json(folder.resolve("tokenizer.json")).getAsJsonArray()) {
      JsonObject golden = element.getAsJsonObject();
      String text = golden.get("text").getAsString();
      int[] plain = Vocabularies.ints(golden.get("ids_plain"));
      assertArrayEquals(plain, tokenizer.encode(text, false), text);
      assertArrayEquals(Vocabularies.ints(golden.get("ids_parse_special")), tokenizer.encode(text, true), text);
      assertEquals(golden.get("decoded").getAsString(), tokenizer.decode(plain));
    }
  }

  @Test
  void longerText() {
    Path folder = Vocabularies.smolLm();
    Tokenizer tokenizer = Tokenizer.of(Vocabularies.smolLmVocabulary());
    JsonObject golden = Vocabularies.json(folder.resolve("perplexity.json")).getAsJsonObject().getAsJsonObject("harbour");
    String text = golden.get("text").getAsString();
    int[] ids = Vocabularies.ints(golden.get("ids"));
    assertArrayEquals(ids, tokenizer.encode(text, false));
    assertEquals(text, tokenizer.decode(ids));
  }

  @Test
  void greedyTexts() {
    Path folder = Vocabularies.smolLm();
    Tokenizer tokenizer = Tokenizer.of(Vocabularies.smolLmVocabulary());
    assertTrue(tokenizer.isEndOfGeneration(2));
    assertTrue(tokenizer.isEndOfGeneration(0));
    JsonObject chats = Vocabularies.json(folder.resolve("chats.json")).getAsJsonObject();
    for (String name : chats.keySet()) {
      JsonObject chat = chats.getAsJsonObject(name);
      assertEquals(chat.get("greedy_text").getAsString(), tokenizer.decode(Vocabularies.ints(chat.get("greedy_ids"))));
    }
  }
}
