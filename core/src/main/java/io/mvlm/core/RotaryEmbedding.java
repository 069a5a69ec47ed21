package io.mvlm.core;

/**
 * Rotary position embedding (Su et al. 2021, RoFormer): pair i of a head is turned by the angle {@code position · inverseFrequencies[i]}.
 *
 * @param inverseFrequencies radians per position, one for each rotated pair; dimensions beyond the pairs stay as they are
 * @param magnitude factor on sine and cosine (1 except for scaled variants)
 * @param pairing which two dimensions form pair i
 */
public record RotaryEmbedding(float[] inverseFrequencies, float magnitude, Pairing pairing) {
  /** Which dimensions of a head turn together. */
  public enum Pairing {
    /** (x0, x1), (x2, x3) … : the order of LLaMA weights in GGUF files. */
    ADJACENT,
    /** (x0, x[n]), (x1, x[n+1]) … with n pairs: the order of Hugging Face checkpoints. */
    HALVES
  }

  public int pairs() {
    return inverseFrequencies.length;
  }

  /** base^(−2i/dimensions) for i in 0 … dimensions/2 − 1, stretched by {@code scale} (1 = positions as they are). */
  public static RotaryEmbedding of(int dimensions, double base, double scale, Pairing pairing) {
    float[] frequencies = new float[dimensions / 2];
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] = (float) (scale * Math.pow(base, -2.0 * i / dimensions));
    }
    return new RotaryEmbedding(frequencies, 1f, pairing);
  }
}
