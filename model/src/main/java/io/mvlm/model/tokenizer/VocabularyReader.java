package io.mvlm.model.tokenizer;

import io.mvlm.core.InvalidDataException;
import io.mvlm.gguf.GgufMetadata;

/** Makes a {@link Vocabulary} of the {@code tokenizer.ggml.*} keys of a GGUF file. */
public final class VocabularyReader {
  private static final String PREFIX = "tokenizer.ggml.";
  private static final long NO_ID = 0xFFFFFFFFL;

  private VocabularyReader() {}

  /**
   * Reads and checks a vocabulary.
   *
   * @param source the name of the file, for messages
   * @throws InvalidDataException if keys are missing, of the wrong type, or do not fit together
   */
  public static Vocabulary read(String source, GgufMetadata metadata) {
    String model = metadata.string(PREFIX + "model");
    TextTable pieces = texts(metadata, "tokens");
    // A LLaMA file that leaves out the special ids means SentencePiece's own.
    boolean implied = model.equals(Vocabulary.LLAMA) && pieces.size() > 2;
    Vocabulary.Builder vocabulary = new Vocabulary.Builder(source, model, pieces)
        .preTokenizer(metadata.string(PREFIX + "pre", ""))
        .unknown(id(source, metadata, "unknown_token_id", implied ? 0 : Vocabulary.NONE))
        .bos(id(source, metadata, "bos_token_id", implied ? 1 : Vocabulary.NONE))
        .eos(id(source, metadata, "eos_token_id", implied ? 2 : Vocabulary.NONE))
        .eot(id(source, metadata, "eot_token_id", Vocabulary.NONE))
        .removeExtraWhitespaces(metadata.bool(PREFIX + "remove_extra_whitespaces", false));
    if (metadata.contains(PREFIX + "scores")) {
      vocabulary.scores(metadata.floats(PREFIX + "scores"));
    }
    if (metadata.contains(PREFIX + "token_type")) {
      vocabulary.types(metadata.integers(PREFIX + "token_type"));
    }
    if (metadata.contains(PREFIX + "merges")) {
      vocabulary.merges(texts(metadata, "merges"));
    }
    if (metadata.contains(PREFIX + "add_bos_token")) {
      vocabulary.addBos(metadata.bool(PREFIX + "add_bos_token"));
    }
    if (metadata.contains(PREFIX + "add_space_prefix")) {
      vocabulary.addSpacePrefix(metadata.bool(PREFIX + "add_space_prefix"));
    }
    return vocabulary.build();
  }

  private static TextTable texts(GgufMetadata metadata, String key) {
    return TextTable.of(metadata.strings(PREFIX + key));
  }

  /** Some writers put −1 where there is no such token. */
  private static int id(String source, GgufMetadata metadata, String key, int otherwise) {
    long id = metadata.longValue(PREFIX + key, otherwise);
    if (id == NO_ID || id == Vocabulary.NONE) {
      return Vocabulary.NONE;
    }
    if (id < 0 || id > Integer.MAX_VALUE) {
      throw new InvalidDataException(source + ": " + PREFIX + key + " is " + id + ", expected the id of a token");
    }
    return (int) id;
  }
}
