package io.mvlm.model.demo;

import java.util.random.RandomGenerator;

/** The plain colour behind a scene. */
enum Background {
  WHITE(ColourRange.grey(245, 255)),
  PALE_GREY(ColourRange.grey(218, 238, 3)),
  PALE_BLUE(ColourRange.of(205, 225, 222, 238, 240, 255)),
  PALE_YELLOW(ColourRange.of(248, 255, 243, 252, 205, 225)),
  PALE_PINK(ColourRange.of(250, 255, 218, 235, 222, 238)),
  PALE_GREEN(ColourRange.of(212, 228, 240, 252, 212, 228));

  private final ColourRange range;

  Background(ColourRange range) {
    this.range = range;
  }

  /** {@code 0xRRGGBB}. */
  int shade(RandomGenerator random) {
    return range.shade(random);
  }
}
