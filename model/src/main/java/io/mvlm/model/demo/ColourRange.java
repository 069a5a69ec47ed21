package io.mvlm.model.demo;

import java.util.random.RandomGenerator;

/**
 * The shades of a colour by a name. Lowest and highest values of the channels, 0 to 255, both inclusive.
 *
 * @param spread how far green and blue may be from red; where it is negative, the channels are independent
 */
record ColourRange(int redLow, int redHigh, int greenLow, int greenHigh, int blueLow, int blueHigh, int spread) {
  private static final int INDEPENDENT = -1;

  static ColourRange of(int redLow, int redHigh, int greenLow, int greenHigh, int blueLow, int blueHigh) {
    return new ColourRange(redLow, redHigh, greenLow, greenHigh, blueLow, blueHigh, INDEPENDENT);
  }

  /** The same range for every channel. */
  static ColourRange grey(int low, int high) {
    return of(low, high, low, high, low, high);
  }

  /** Almost without a hue: green and blue stay close to red. */
  static ColourRange grey(int low, int high, int spread) {
    return new ColourRange(low, high, 0, 255, 0, 255, spread);
  }

  /** One of the shades, {@code 0xRRGGBB}. */
  int shade(RandomGenerator random) {
    int red = random.nextInt(redLow, redHigh + 1);
    int green = channel(random, red, greenLow, greenHigh);
    int blue = channel(random, red, blueLow, blueHigh);
    return red << 16 | green << 8 | blue;
  }

  private int channel(RandomGenerator random, int red, int low, int high) {
    return spread == INDEPENDENT ? random.nextInt(low, high + 1)
        : random.nextInt(Math.max(low, red - spread), Math.min(high, red + spread) + 1);
  }
}
