package io.mvlm.model.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ScenePainterTest {
  private static final int SIDE = 200;
  private static final int BACKGROUND = 0xf0f4ff;
  private static final int SHADE = 0xd02030;
  private static final int DARK = 0x600810;

  private static BufferedImage picture(Figure figure, double outline) {
    Item item = new Item(figure, Colour.RED, SHADE, Item.Size.LARGE, 0.5, 0.4, 0.3, 0, figure == Figure.RING ? 0.5 : 0.4, outline, DARK);
    return ScenePainter.paint(new Scene.Known(BACKGROUND, null, List.of(item)), SIDE);
  }

  private static int at(BufferedImage picture, double x, double y) {
    return picture.getRGB((int) (x * SIDE), (int) (y * SIDE)) & 0xffffff;
  }

  private static long count(BufferedImage picture, int shade) {
    return Arrays.stream(picture.getRGB(0, 0, SIDE, SIDE, null, 0, SIDE)).filter(rgb -> (rgb & 0xffffff) == shade).count();
  }

  @ParameterizedTest
  @EnumSource(Figure.class)
  void objectsLieInTheirCircles(Figure figure) {
    BufferedImage picture = picture(figure, 0);
    assertEquals(figure == Figure.RING ? BACKGROUND : SHADE, at(picture, 0.5, 0.4));
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        boolean far = Math.hypot((x + 0.5) / SIDE - 0.5, (y + 0.5) / SIDE - 0.4) > 0.15 + 0.02;
        assertTrue(!far || (picture.getRGB(x, y) & 0xffffff) == BACKGROUND, figure + " at " + x + ", " + y);
      }
    }
  }

  /** Areas in circles of diameter 1: π/4, 0.16, 3√3/16, 5·0.5·0.2·sin 36°, 2·0.4 − 0.16, (1 − 0.25)·π/4. */
  @Test
  void figuresCoverWhatTheyShould() {
    double[] areas = {0.7854, 0.16, 0.3248, 0.2939, 0.64, 0.5890};
    for (Figure figure : Figure.values()) {
      double pixels = areas[figure.ordinal()] * 0.3 * SIDE * 0.3 * SIDE;
      long covered = SIDE * SIDE - count(picture(figure, 0), BACKGROUND);
      long whole = count(picture(figure, 0), SHADE);
      assertTrue(whole <= pixels && pixels <= covered, figure + ": " + whole + " ≤ " + pixels + " ≤ " + covered);
    }
  }

  @ParameterizedTest
  @EnumSource(Figure.class)
  void outlinesAreDrawnInwards(Figure figure) {
    BufferedImage plain = picture(figure, 0);
    BufferedImage outlined = picture(figure, 0.015);
    assertTrue(count(outlined, DARK) > 100, figure.toString());
    assertTrue(count(outlined, SHADE) > 100, figure.toString());
    assertEquals(count(plain, BACKGROUND), count(outlined, BACKGROUND));
  }

  @Test
  void trianglesAndStarsPointUp() {
    assertEquals(SHADE, at(picture(Figure.TRIANGLE, 0), 0.5, 0.4 - 0.13));
    assertEquals(BACKGROUND, at(picture(Figure.TRIANGLE, 0), 0.5, 0.4 + 0.09));
    assertEquals(SHADE, at(picture(Figure.STAR, 0), 0.5, 0.4 - 0.12));
    assertEquals(BACKGROUND, at(picture(Figure.STAR, 0), 0.5, 0.4 + 0.12));
  }

  @Test
  void aSignIsARectangleWithABorderAndText() {
    Sign sign = new Sign("x", new Rectangle2D.Double(0.2, 0.3, 0.6, 0.2), 0.02, 0, new Rectangle2D.Double(0.4, 0.35, 0.2, 0.1), 0xfafbfc,
        0x101112, 0x202122);
    BufferedImage picture = ScenePainter.paint(new Scene.Known(BACKGROUND, sign, List.of()), SIDE);
    assertEquals(BACKGROUND, at(picture, 0.19, 0.4));
    assertEquals(0x101112, at(picture, 0.21, 0.4));
    assertEquals(0xfafbfc, at(picture, 0.23, 0.4));
    assertEquals(0x202122, at(picture, 0.5, 0.4));
  }

  @ParameterizedTest
  @EnumSource(Clutter.class)
  void clutterHasNoPlainBackground(Clutter clutter) {
    BufferedImage picture = ScenePainter.paint(new Scene.Unknown(clutter, 5), SIDE);
    long distinct = Arrays.stream(picture.getRGB(0, 0, SIDE, SIDE, null, 0, SIDE)).distinct().count();
    assertTrue(distinct > 100, () -> distinct + " colours");
    assertEquals(at(picture, 0.3, 0.7), at(ScenePainter.paint(new Scene.Unknown(clutter, 5), SIDE), 0.3, 0.7));
    int[] other = ScenePainter.paint(new Scene.Unknown(clutter, 6), SIDE).getRGB(0, 0, SIDE, SIDE, null, 0, SIDE);
    assertNotEquals(Arrays.hashCode(picture.getRGB(0, 0, SIDE, SIDE, null, 0, SIDE)), Arrays.hashCode(other));
  }
}
