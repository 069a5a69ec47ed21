package io.mvlm.model.demo;

/**
 * An object of a scene. Lengths and places are parts of the picture's width; y grows downwards.
 *
 * @param shade of its colour, {@code 0xRRGGBB}
 * @param x of its centre
 * @param y of its centre
 * @param diameter of the circle around it
 * @param degrees by which it is turned clockwise
 * @param proportion of its figure, see {@link Figure#proportion}
 * @param outline how wide its outline is; 0 = it has none
 * @param outlineShade of its outline, {@code 0xRRGGBB}
 */
record Item(Figure figure, Colour colour, int shade, Size size, double x, double y, double diameter, double degrees, double proportion,
    double outline, int outlineShade) {
  /** How large an object is. */
  enum Size {
    SMALL("small", 0.13, 0.17),
    LARGE("large", 0.24, 0.30);

    private final String word;
    /** The least diameter. */
    final double least;
    /** The largest diameter. */
    final double most;

    Size(String word, double least, double most) {
      this.word = word;
      this.least = least;
      this.most = most;
    }

    String word() {
      return word;
    }
  }

  /** As a description calls it. */
  String description() {
    return "a " + size.word() + " " + colour.word() + " " + figure.word();
  }
}
