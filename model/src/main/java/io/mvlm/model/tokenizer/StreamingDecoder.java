package io.mvlm.model.tokenizer;

/**
 * Turns ids into text one by one. All that {@link #push} gives, followed by {@link #flush}, is the same text as {@link Tokenizer#decode}
 * gives for all ids; no part of it ends inside a character. For one thread at a time.
 */
public interface StreamingDecoder {
  /**
   * Takes the next id.
   *
   * @return the text that is complete with it, possibly empty
   * @throws IllegalArgumentException if the id is out of range
   */
  String push(int id);

  /** What is left: U+FFFD for a character that was begun and not completed, else nothing. The decoder then starts afresh. */
  String flush();
}
