package io.mvlm.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Expected words come from the regular expressions themselves, run by an engine with full Unicode classes. */
class WordScannerTest {
  @ParameterizedTest
  @ValueSource(strings = {"gpt-2", "smollm", "llama-bpe", "qwen2", "default"})
  void wordsAsTheRegularExpressions(String name) {
    for (JsonElement element : Vocabularies.json(getClass(), "words.json").getAsJsonArray()) {
      JsonObject golden = element.getAsJsonObject();
      List<String> expected = new ArrayList<>();
      golden.getAsJsonArray(name).forEach(word -> expected.add(word.getAsString()));
      assertEquals(expected, words(PreTokenizer.named(name), golden.get("text").getAsString()));
    }
  }

  private static List<String> words(PreTokenizer rules, String text) {
    List<String> words = new ArrayList<>();
    WordScanner scanner = new WordScanner(rules, text, 0, text.length());
    while (scanner.next()) {
      words.add(text.substring(scanner.start(), scanner.end()));
    }
    return words;
  }

  @Property(tries = 500)
  void wordsTogetherAreTheText(@ForAll String text, @ForAll PreTokenizer rules) {
    List<String> words = words(rules, text);
    assertEquals(text, String.join("", words));
    assertEquals(0, words.stream().filter(String::isEmpty).count());
  }
}
