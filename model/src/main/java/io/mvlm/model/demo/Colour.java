package io.mvlm.model.demo;

import java.util.Locale;
import java.util.random.RandomGenerator;

/** What an object can be painted with. */
enum Colour {
  RED(ColourRange.of(190, 240, 15, 60, 15, 60)),
  GREEN(ColourRange.of(15, 80, 130, 185, 30, 90)),
  BLUE(ColourRange.of(15, 70, 60, 120, 180, 245)),
  YELLOW(ColourRange.of(235, 255, 200, 235, 0, 60)),
  ORANGE(ColourRange.of(235, 255, 115, 150, 0, 45)),
  PURPLE(ColourRange.of(115, 165, 20, 75, 140, 200)),
  BLACK(ColourRange.grey(0, 40, 8));

  private final ColourRange range;

  Colour(ColourRange range) {
    this.range = range;
  }

  /** In a question. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** {@code 0xRRGGBB}. */
  int shade(RandomGenerator random) {
    return range.shade(random);
  }
}
