package io.mvlm.model.tokenizer;

/** What a piece of the vocabulary is for; the numbers are those of SentencePiece and of {@code tokenizer.ggml.token_type}. */
public enum TokenType {
  /** A piece of text. */
  NORMAL,
  /** Stands for text that no piece covers. */
  UNKNOWN,
  /** Steers the model; not text ({@code </s>}, {@code <|im_end|>}). */
  CONTROL,
  /** A piece that is never split and never merged with its neighbours. */
  USER_DEFINED,
  /** Has an id, but text never becomes it. */
  UNUSED,
  /** One byte, written {@code <0x0A>}. */
  BYTE;

  private static final TokenType[] VALUES = values();

  /** The number in the file, 1 to 6. */
  public int number() {
    return ordinal() + 1;
  }

  /** The type with this number, or null if there is none. */
  static TokenType ofNumber(int number) {
    return number >= 1 && number <= VALUES.length ? VALUES[number - 1] : null;
  }
}
