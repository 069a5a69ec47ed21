package io.mvlm.model;

/** A picture as the language model sees it: encode once, ask often, in any conversation of the same model. Immutable and thread-safe. */
public final class ImageEmbedding {
  private final int tokens;
  private final int width;
  private final float[] values;

  ImageEmbedding(int tokens, int width, float[] values) {
    this.tokens = tokens;
    this.width = width;
    this.values = values;
  }

  /** Positions that it takes in the context. */
  public int tokens() {
    return tokens;
  }

  /** Features of a token. */
  public int width() {
    return width;
  }

  /** {@code [tokens, width]}; shared, not to be written to. */
  float[] values() {
    return values;
  }
}
