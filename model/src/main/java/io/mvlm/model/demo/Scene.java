package io.mvlm.model.demo;

import java.util.List;

/** What a picture shows. */
sealed interface Scene {
  /**
   * Something that can be asked about.
   *
   * @param background {@code 0xRRGGBB}
   * @param sign or null
   */
  record Known(int background, Sign sign, List<Item> items) implements Scene {}

  /**
   * Something that the model was not made for.
   *
   * @param seed of its details
   */
  record Unknown(Clutter clutter, long seed) implements Scene {}
}
