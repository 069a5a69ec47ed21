package io.mvlm.model.synth;

import java.util.Arrays;
import java.util.stream.Collectors;

/** Shapes of models as MobileVLM V2 was published, and one small enough for tests. */
public enum Preset {
  /** Two blocks each; every row of the language model holds whole blocks of every tensor type. */
  TINY("tiny", new Language(256, 2, 4, 768, 1536, 2048, 1e-6f), new Vision(64, 2, 2, 256)),
  /** MobileVLM V2 1.7B. */
  V2_1_7B("1.7b", new Language(2048, 24, 16, 5632, 32000, 2048, 1e-6f), Vision.CLIP_LARGE),
  /** MobileVLM V2 3B. */
  V2_3B("3b", new Language(2560, 32, 32, 6912, 32000, 2048, 1e-6f), Vision.CLIP_LARGE),
  /** MobileVLM V2 7B, whose language model is Vicuna. */
  V2_7B("7b", new Language(4096, 32, 32, 11008, 32000, 4096, 1e-5f), Vision.CLIP_LARGE);

  /**
   * A LLaMA.
   *
   * @param width of the residual stream
   * @param blocks of attention and feed-forward
   * @param heads of attention; as many keys and values
   * @param feedForward width of the gated layer
   * @param vocabulary tokens
   * @param context positions it is made for
   * @param epsilon of the RMS norms
   */
  record Language(int width, int blocks, int heads, int feedForward, int vocabulary, int context, float epsilon) {}

  /**
   * A CLIP vision transformer for images of 336×336 pixels in patches of 14×14.
   *
   * @param width of the residual stream
   * @param blocks that are stored
   * @param heads of attention
   * @param feedForward width of the hidden layer
   */
  record Vision(int width, int blocks, int heads, int feedForward) {
    static final int IMAGE = 336;
    static final int PATCH = 14;
    static final int POSITIONS = (IMAGE / PATCH) * (IMAGE / PATCH) + 1;

    /** CLIP ViT-L/14-336 without its last block, as published. */
    static final Vision CLIP_LARGE = new Vision(1024, 23, 16, 4096);
  }

  private final String label;
  private final Language language;
  private final Vision vision;

  Preset(String label, Language language, Vision vision) {
    this.label = label;
    this.language = language;
    this.vision = vision;
  }

  /** What a user types, for example {@code 1.7b}. */
  public String label() {
    return label;
  }

  Language language() {
    return language;
  }

  Vision vision() {
    return vision;
  }

  /** @param label in any case @throws IllegalArgumentException for an unknown one */
  public static Preset parse(String label) {
    for (Preset preset : values()) {
      if (preset.label.equalsIgnoreCase(label)) {
        return preset;
      }
    }
    throw new IllegalArgumentException("shape " + label + ": expected one of "
        + Arrays.stream(values()).map(Preset::label).collect(Collectors.joining(", ")));
  }
}
