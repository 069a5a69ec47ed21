package io.mvlm.model.demo;

import java.awt.Shape;
import java.awt.geom.Rectangle2D;
import java.util.Locale;

/**
 * A rectangle with a line of text. Lengths and places are parts of the picture's width; y grows downwards.
 *
 * @param text as it is written
 * @param frame with its border
 * @param border how wide that is
 * @param corner radius of the corners; 0 = sharp
 * @param letters the outline of the text in its place
 * @param shade of the rectangle, {@code 0xRRGGBB}, as the others
 */
record Sign(String text, Rectangle2D.Double frame, double border, double corner, Shape letters, int shade, int borderShade, int textShade) {
  boolean isNumber() {
    return Character.isDigit(text.charAt(0));
  }

  /** What it says, as an answer tells it. */
  String reading() {
    return text.toLowerCase(Locale.ROOT);
  }

  /** From the sign to a point; 0 inside. */
  double distance(double x, double y) {
    double dx = Math.max(0, Math.max(frame.getMinX() - x, x - frame.getMaxX()));
    double dy = Math.max(0, Math.max(frame.getMinY() - y, y - frame.getMaxY()));
    return Math.hypot(dx, dy);
  }
}
