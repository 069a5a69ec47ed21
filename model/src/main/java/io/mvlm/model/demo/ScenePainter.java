package io.mvlm.model.demo;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Area;
import java.awt.geom.Rectangle2D;
import java.awt.geom.RoundRectangle2D;
import java.awt.image.BufferedImage;

/** Draws scenes, with antialiasing. Needs no window system and no fonts of the machine's. */
final class ScenePainter {
  static final Rectangle2D EVERYWHERE = new Rectangle2D.Double(0, 0, 1, 1);

  private ScenePainter() {}

  /** @param side of the square, pixels */
  static BufferedImage paint(Scene scene, int side) {
    BufferedImage picture = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
    switch (scene) {
      case Scene.Known known -> paint(known, picture);
      case Scene.Unknown unknown -> unknown.clutter().paint(picture, unknown.seed());
    }
    return picture;
  }

  /** A brush whose lengths are parts of the picture's width. */
  static Graphics2D brush(BufferedImage picture) {
    Graphics2D g = picture.createGraphics();
    g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    g.scale(picture.getWidth(), picture.getHeight());
    return g;
  }

  private static void paint(Scene.Known scene, BufferedImage picture) {
    Graphics2D g = brush(picture);
    try {
      fill(g, EVERYWHERE, scene.background());
      if (scene.sign() != null) {
        paint(scene.sign(), g);
      }
      scene.items().forEach(item -> paint(item, g));
    } finally {
      g.dispose();
    }
  }

  private static void paint(Sign sign, Graphics2D g) {
    Rectangle2D f = sign.frame();
    double b = sign.border();
    double inner = Math.max(0, sign.corner() - b);
    fill(g, new RoundRectangle2D.Double(f.getX(), f.getY(), f.getWidth(), f.getHeight(), 2 * sign.corner(), 2 * sign.corner()),
        sign.borderShade());
    fill(g, new RoundRectangle2D.Double(f.getX() + b, f.getY() + b, f.getWidth() - 2 * b, f.getHeight() - 2 * b, 2 * inner, 2 * inner),
        sign.shade());
    fill(g, sign.letters(), sign.textShade());
  }

  private static void paint(Item item, Graphics2D g) {
    AffineTransform place = AffineTransform.getTranslateInstance(item.x(), item.y());
    place.rotate(Math.toRadians(item.degrees()));
    place.scale(item.diameter(), item.diameter());
    Shape shape = place.createTransformedShape(item.figure().outline(item.proportion()));
    if (item.outline() == 0) {
      fill(g, shape, item.shade());
      return;
    }
    // The inner half of a line that is twice as wide: what is left of the shape inside of it gets its colour.
    Area inside = new Area(shape);
    inside.subtract(new Area(new BasicStroke((float) (2 * item.outline()), BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER)
        .createStrokedShape(shape)));
    fill(g, shape, item.outlineShade());
    fill(g, inside, item.shade());
  }

  static void fill(Graphics2D g, Shape shape, int shade) {
    g.setColor(new Color(shade));
    g.fill(shape);
  }
}
