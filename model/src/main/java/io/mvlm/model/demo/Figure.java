package io.mvlm.model.demo;

import java.awt.Shape;
import java.awt.geom.Area;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.util.Locale;
import java.util.random.RandomGenerator;

/** The shape of an object. */
enum Figure {
  CIRCLE("circles", 0, 0),
  /** Proportion: the side. */
  SQUARE("squares", 0.80, 0.90),
  TRIANGLE("triangles", 0, 0),
  /** Proportion: the radius of the inner corners, of that of the outer ones. */
  STAR("stars", 0.38, 0.45),
  /** Proportion: how thick the bars are. */
  CROSS("crosses", 0.28, 0.36),
  /** Proportion: the diameter of the hole. */
  RING("rings", 0.50, 0.64);

  private static final int POINTS = 5;

  private final String plural;
  private final double least;
  private final double most;

  Figure(String plural, double least, double most) {
    this.plural = plural;
    this.least = least;
    this.most = most;
  }

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  String plural() {
    return plural;
  }

  /** How slim or fat this one is, of the diameter; without meaning where there is only one way. */
  double proportion(RandomGenerator random) {
    return most == least ? least : random.nextDouble(least, most);
  }

  /** Upright, in the circle of diameter 1 around the origin; y grows downwards. */
  Shape outline(double proportion) {
    return switch (this) {
      case CIRCLE -> disc(1);
      case SQUARE -> box(proportion, proportion);
      case TRIANGLE -> corners(3, 1);
      case STAR -> corners(2 * POINTS, proportion);
      case CROSS -> {
        Area cross = new Area(box(1, proportion));
        cross.add(new Area(box(proportion, 1)));
        yield cross;
      }
      case RING -> {
        Area ring = new Area(disc(1));
        ring.subtract(new Area(disc(proportion)));
        yield ring;
      }
    };
  }

  private static Shape disc(double diameter) {
    return new Ellipse2D.Double(-diameter / 2, -diameter / 2, diameter, diameter);
  }

  private static Shape box(double width, double height) {
    return new Rectangle2D.Double(-width / 2, -height / 2, width, height);
  }

  /** Corners at equal angles, the first one up, every second one nearer to the middle. */
  private static Shape corners(int count, double inner) {
    Path2D path = new Path2D.Double();
    for (int i = 0; i < count; i++) {
      double radius = i % 2 == 1 ? inner / 2 : 0.5;
      double angle = 2 * Math.PI * i / count;
      double x = radius * Math.sin(angle);
      double y = -radius * Math.cos(angle);
      if (i == 0) {
        path.moveTo(x, y);
      } else {
        path.lineTo(x, y);
      }
    }
    path.closePath();
    return path;
  }
}
