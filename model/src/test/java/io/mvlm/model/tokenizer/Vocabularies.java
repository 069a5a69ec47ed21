package io.mvlm.model.tokenizer;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import io.mvlm.gguf.GgufFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Vocabularies and expected values for tests. */
public final class Vocabularies {
  private Vocabularies() {}

  /** 1200 tokens, SentencePiece BPE. */
  public static Vocabulary tinyLlama() {
    return read(resource("tiny-llama.gguf"));
  }

  /** 900 tokens, byte-level BPE. */
  public static Vocabulary tinyGpt2() {
    return read(resource("tiny-gpt2.gguf"));
  }

  /** The same tokens under another pre-tokenizer. */
  static Vocabulary tinyGpt2(String preTokenizer) {
    Vocabulary tiny = tinyGpt2();
    return new Vocabulary.Builder("tiny", Vocabulary.GPT2, tiny.pieces()).preTokenizer(preTokenizer).types(types(tiny))
        .merges(tiny.merges()).bos(1).eos(2).build();
  }

  static int[] types(Vocabulary vocabulary) {
    int[] types = new int[vocabulary.size()];
    for (int id = 0; id < types.length; id++) {
      types[id] = vocabulary.type(id).number();
    }
    return types;
  }

  static float[] scores(Vocabulary vocabulary) {
    float[] scores = new float[vocabulary.size()];
    for (int id = 0; id < scores.length; id++) {
      scores[id] = vocabulary.score(id);
    }
    return scores;
  }

  /** The folder of the real model; the test is skipped if it is not there. */
  public static Path smolLm() {
    Path folder = Path.of(System.getProperty("mvlm.root", "."), "../shared/models/smollm2-135m-instruct");
    Assumptions.assumeTrue(Files.isDirectory(folder), "no SmolLM2 under ../shared/models");
    return folder;
  }

  /** The vocabulary of the real model. */
  public static Vocabulary smolLmVocabulary() {
    return read(smolLm().resolve("SmolLM2-135M-Instruct.Q4_1.gguf"));
  }

  public static Vocabulary read(Path path) {
    try (GgufFile file = GgufFile.open(path)) {
      return VocabularyReader.read(path.getFileName().toString(), file.metadata());
    }
  }

  private static Path resource(String name) {
    try {
      return Path.of(Vocabularies.class.getResource(name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  public static JsonElement json(Class<?> beside, String name) {
    try (InputStream in = beside.getResourceAsStream(name)) {
      return JsonParser.parseReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static JsonElement json(Path path) {
    try {
      return JsonParser.parseString(Files.readString(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static int[] ints(JsonElement array) {
    JsonArray values = array.getAsJsonArray();
    int[] ints = new int[values.size()];
    for (int i = 0; i < ints.length; i++) {
      ints[i] = values.get(i).getAsInt();
    }
    return ints;
  }
}
