package io.mvlm.model.demo;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.AffineTransform;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** Pictures that the model was not made for. */
enum Clutter {
  /** A colour by chance for every grain. */
  NOISE {
    @Override
    void paint(BufferedImage picture, RandomGenerator random) {
      int side = picture.getWidth();
      int grains = random.nextInt(24, Math.max(25, Math.min(side, 200)));
      int[] colours = random.ints(grains * grains, 0, 1 << 24).toArray();
      shade(picture, (x, y) -> colours[(int) (y * grains) * grains + (int) (x * grains)]);
    }
  },
  /** From one colour to another. */
  GRADIENT {
    @Override
    void paint(BufferedImage picture, RandomGenerator random) {
      int from = random.nextInt(1 << 24);
      int to = from ^ 0x808080; // far from it in every channel
      double angle = random.nextDouble(2 * Math.PI);
      boolean round = random.nextBoolean();
      double x0 = random.nextDouble();
      double y0 = random.nextDouble();
      shade(picture, (x, y) -> mix(from, to, round ? Math.hypot(x - x0, y - y0)
          : 0.5 + 0.7 * ((x - 0.5) * Math.cos(angle) + (y - 0.5) * Math.sin(angle))));
    }
  },
  /** Stripes, waves or checks. */
  TEXTURE {
    @Override
    void paint(BufferedImage picture, RandomGenerator random) {
      int from = random.nextInt(1 << 24);
      int to = from ^ 0x808080;
      double angle = random.nextDouble(Math.PI);
      double frequency = 2 * Math.PI * random.nextDouble(4, 14);
      double bend = random.nextDouble(0.06);
      boolean checks = random.nextBoolean();
      shade(picture, (x, y) -> {
        double along = x * Math.cos(angle) + y * Math.sin(angle);
        double across = y * Math.cos(angle) - x * Math.sin(angle);
        double wave = Math.sin(frequency * (along + bend * Math.sin(9 * across)));
        return mix(from, to, 0.5 + 0.5 * (checks ? wave * Math.sin(frequency * across) : wave));
      });
    }
  },
  /** Smooth blobs of many sizes, as in a photograph out of focus. */
  LANDSCAPE {
    @Override
    void paint(BufferedImage picture, RandomGenerator random) {
      int[] palette = random.ints(4, 0, 1 << 24).toArray();
      long seed = random.nextLong();
      shade(picture, (x, y) -> {
        double tone = 0;
        double weight = 0.5;
        for (int cells = 3; cells < 60; cells *= 2, weight /= 2) {
          tone += weight * smooth(seed + cells, x * cells, y * cells);
        }
        double place = Math.min(2.999, Math.max(0, 3 * (1.6 * (tone - 0.5) + 0.5)));
        return mix(palette[(int) place], palette[(int) place + 1], place - (int) place);
      });
    }
  },
  /** Lines all over. */
  SCRIBBLE {
    @Override
    void paint(BufferedImage picture, RandomGenerator random) {
      Graphics2D g = ScenePainter.brush(picture);
      ScenePainter.fill(g, ScenePainter.EVERYWHERE, Background.WHITE.shade(random));
      for (int i = random.nextInt(25, 60); i > 0; i--) {
        Path2D line = new Path2D.Double();
        line.moveTo(random.nextDouble(), random.nextDouble());
        line.curveTo(random.nextDouble(), random.nextDouble(), random.nextDouble(), random.nextDouble(), random.nextDouble(),
            random.nextDouble());
        g.setColor(new Color(random.nextInt(1 << 24)));
        g.setStroke(new BasicStroke((float) random.nextDouble(0.004, 0.02)));
        g.draw(line);
      }
      g.dispose();
    }
  },
  /** Shapes over and under each other. */
  HEAP {
    @Override
    void paint(BufferedImage picture, RandomGenerator random) {
      Graphics2D g = ScenePainter.brush(picture);
      ScenePainter.fill(g, ScenePainter.EVERYWHERE, random.nextInt(1 << 24));
      for (int i = random.nextInt(40, 90); i > 0; i--) {
        Figure figure = Figure.values()[random.nextInt(Figure.values().length)];
        AffineTransform place = AffineTransform.getTranslateInstance(random.nextDouble(), random.nextDouble());
        place.rotate(random.nextDouble(2 * Math.PI));
        place.scale(random.nextDouble(0.1, 0.4), random.nextDouble(0.1, 0.4));
        ScenePainter.fill(g, place.createTransformedShape(figure.outline(figure.proportion(random))), random.nextInt(1 << 24));
      }
      g.dispose();
    }
  };

  private interface Shading {
    /** The colour {@code 0xRRGGBB} at a place; both coordinates from 0 to below 1. */
    int at(double x, double y);
  }

  abstract void paint(BufferedImage picture, RandomGenerator random);

  /** The same picture for the same seed. */
  void paint(BufferedImage picture, long seed) {
    paint(picture, new SplittableRandom(seed));
  }

  private static void shade(BufferedImage picture, Shading shading) {
    double side = picture.getWidth();
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        picture.setRGB(x, y, shading.at((x + 0.5) / side, (y + 0.5) / side));
      }
    }
  }

  private static int mix(int from, int to, double part) {
    double share = Math.min(1, Math.max(0, part));
    int result = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
      int a = from >> shift & 0xff;
      int b = to >> shift & 0xff;
      result |= (int) Math.round(a + share * (b - a)) << shift;
    }
    return result;
  }

  /** A field of chance values at whole places, 0 to 1, smooth in between. */
  private static double smooth(long seed, double x, double y) {
    long column = (long) x;
    long row = (long) y;
    double u = ease(x - column);
    double v = ease(y - row);
    double top = chance(seed, column, row) * (1 - u) + chance(seed, column + 1, row) * u;
    double bottom = chance(seed, column, row + 1) * (1 - u) + chance(seed, column + 1, row + 1) * u;
    return top * (1 - v) + bottom * v;
  }

  private static double ease(double t) {
    return t * t * (3 - 2 * t);
  }

  private static double chance(long seed, long column, long row) {
    return new SplittableRandom(seed + column * 0x9E3779B97F4A7C15L + row * 0xC2B2AE3D27D4EB4FL).nextDouble();
  }
}
