package io.mvlm.model;

/** A piece of a prompt that is ready for the language model. */
sealed interface PromptChunk {
  /** Positions that it takes. */
  int rows();

  /** Token ids. */
  record Ids(int... ids) implements PromptChunk {
    @Override
    public int rows() {
      return ids.length;
    }
  }

  /** A picture. */
  record Picture(ImageEmbedding embedding) implements PromptChunk {
    @Override
    public int rows() {
      return embedding.tokens();
    }
  }
}
