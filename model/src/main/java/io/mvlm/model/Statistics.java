package io.mvlm.model;

/**
 * What an answer cost.
 *
 * @param images pictures encoded for it
 * @param imageTokens embeddings of all pictures of its prompt
 * @param imageMillis time for preprocessing and encoding
 * @param promptTokens positions that were new to the cache, pictures included
 * @param prefillMillis time to the first logits
 * @param generatedTokens tokens of the answer, an end token included
 * @param decodeMillis time for all of them
 */
public record Statistics(int images, int imageTokens, double imageMillis, int promptTokens, double prefillMillis, int generatedTokens,
    double decodeMillis) {
  public double prefillTokensPerSecond() {
    return perSecond(promptTokens, prefillMillis);
  }

  /** The first token comes with the prefill, so one step fewer is counted. */
  public double decodeTokensPerSecond() {
    return perSecond(Math.max(0, generatedTokens - 1), decodeMillis);
  }

  private static double perSecond(int tokens, double millis) {
    return millis > 0 ? tokens * 1000 / millis : 0;
  }
}
