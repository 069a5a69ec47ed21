package io.mvlm.model.tokenizer;

import io.mvlm.core.InvalidDataException;
import io.mvlm.core.UnsupportedFeatureException;
import java.util.Optional;

/**
 * Text to token ids and back. Ids are 0 to {@link #size()} − 1. Implementations are immutable and may be shared by threads.
 *
 * <p>Where special tokens are not parsed, text that looks like one ({@code </s>}, {@code <|im_end|>}) stays text: so it must be with
 * everything that a user types. The exception are user-defined pieces of nothing but white space, which are text like any other.
 */
public interface Tokenizer {
  /**
   * The tokenizer for a vocabulary.
   *
   * @throws UnsupportedFeatureException if its model is neither {@link Vocabulary#LLAMA} nor {@link Vocabulary#GPT2}
   * @throws InvalidDataException if parts are missing that the model needs
   */
  static Tokenizer of(Vocabulary vocabulary) {
    return switch (vocabulary.model()) {
      case Vocabulary.LLAMA -> new SentencePieceTokenizer(vocabulary);
      case Vocabulary.GPT2 -> new BytePairTokenizer(vocabulary);
      default -> throw new UnsupportedFeatureException(
          vocabulary.source() + ": tokenizer model '" + vocabulary.model() + "' is not supported, expected 'llama' or 'gpt2'");
    };
  }

  /**
   * Encodes text that starts afresh, without a begin-of-text token. Lone surrogates count as U+FFFD.
   *
   * @param parseSpecial whether control and user-defined tokens are recognised; text after one starts afresh
   */
  default int[] encode(String text, boolean parseSpecial) {
    return encode(text, parseSpecial, false);
  }

  /**
   * Encodes text.
   *
   * @param parseSpecial whether control and user-defined tokens are recognised; text after one starts afresh
   * @param continues whether the text goes on where other text ended, so that no space is put before it
   */
  int[] encode(String text, boolean parseSpecial, boolean continues);

  /**
   * The text of ids that start afresh. Control tokens have none; bytes that form no character become U+FFFD.
   *
   * @throws IllegalArgumentException if an id is out of range
   */
  default String decode(int... ids) {
    StreamingDecoder decoder = decoder();
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(decoder.push(id));
    }
    return text.append(decoder.flush()).toString();
  }

  /** A decoder that takes ids one by one. */
  StreamingDecoder decoder();

  /** The vocabulary. */
  Vocabulary vocabulary();

  /** The number of tokens. */
  default int size() {
    return vocabulary().size();
  }

  /**
   * The piece of an id as it stands in the vocabulary ({@code ▁the}, {@code <0x0A>}, {@code Ġthe}).
   *
   * @throws IllegalArgumentException if the id is out of range
   */
  default String piece(int id) {
    return vocabulary().pieces().get(checkId(id));
  }

  /** The begin-of-text token, or {@link Vocabulary#NONE}. */
  default int bos() {
    return vocabulary().bos();
  }

  /** The end-of-text token, or {@link Vocabulary#NONE}. */
  default int eos() {
    return vocabulary().eos();
  }

  /** Whether a prompt starts with {@link #bos()}. */
  default boolean addBos() {
    return vocabulary().addBos();
  }

  /** The id of a control token from its text ({@code <|im_end|>}), or {@link Vocabulary#NONE} if the vocabulary has no such token. */
  default int special(String piece) {
    int id = vocabulary().idOf(piece);
    if (id == Vocabulary.NONE) {
      return Vocabulary.NONE;
    }
    TokenType type = vocabulary().type(id);
    return type == TokenType.CONTROL || type == TokenType.USER_DEFINED ? id : Vocabulary.NONE;
  }

  /** Whether the model says with this token that its answer is complete. */
  boolean isEndOfGeneration(int id);

  /** What the user should know about this vocabulary, in one line; empty if all is well. */
  default Optional<String> warning() {
    return Optional.empty();
  }

  /** @throws IllegalArgumentException if the id is out of range */
  private int checkId(int id) {
    if (id < 0 || id >= size()) {
      throw new IllegalArgumentException("token id " + id + ", expected 0 to " + (size() - 1));
    }
    return id;
  }
}
