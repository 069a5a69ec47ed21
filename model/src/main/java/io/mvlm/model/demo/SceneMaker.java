package io.mvlm.model.demo;

import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;

/** Makes scenes up, by the grammar. Not thread-safe. */
final class SceneMaker {
  /** How often each kind of picture comes, of 1; the rest is unknown. */
  private static final double ITEMS_SHARE = 0.45;
  private static final double SIGN_SHARE = 0.22;
  private static final double BOTH_SHARE = 0.25;

  private static final double MARGIN = 0.02;
  private static final double GAP = 0.04;
  private static final double TURN_DEGREES = 10;
  private static final double OUTLINED_SHARE = 0.5;

  private static final double WORD_SHARE = 0.6;
  private static final int LARGEST_NUMBER = 999;
  private static final double LEAST_CAP = 0.10;
  private static final double PADDING = 0.02;
  private static final double PADDING_BESIDE = 0.08;
  private static final double PADDING_ABOVE = 0.05;

  private static final int PLACES_TRIED = 100;

  private static final int MOST_ITEMS = 6;
  private static final int MOST_ITEMS_BESIDE_SIGN = 3;

  private static final List<Typeface> TYPEFACES = Typeface.all();
  private static final List<String> WORDS = SignWords.all();

  private final Chance chance;
  private final RandomGenerator random;

  SceneMaker(Chance chance) {
    this.chance = chance;
    this.random = chance.random();
  }

  /** The next one. */
  Scene next() {
    double share = random.nextDouble();
    if (share < ITEMS_SHARE) {
      return known(false, random.nextInt(1, MOST_ITEMS + 1));
    }
    if (share < ITEMS_SHARE + SIGN_SHARE) {
      return known(true, 0);
    }
    if (share < ITEMS_SHARE + SIGN_SHARE + BOTH_SHARE) {
      return known(true, random.nextInt(1, MOST_ITEMS_BESIDE_SIGN + 1));
    }
    return new Scene.Unknown(chance.one(Clutter.values()), random.nextLong());
  }

  private Scene known(boolean withSign, int count) {
    int background = chance.one(Background.values()).shade(random);
    while (true) {
      Sign sign = withSign ? sign() : null;
      List<Item> items = items(count, sign);
      if (items != null) {
        return new Scene.Known(background, sign, items);
      }
    }
  }

  /** @return null if they found no room */
  private List<Item> items(int count, Sign sign) {
    List<Item> items = new ArrayList<>();
    for (int tries = 0; items.size() < count; tries++) {
      if (tries == PLACES_TRIED) {
        return null;
      }
      Item item = item();
      if (hasRoom(item, items, sign)) {
        items.add(item);
      }
    }
    return items;
  }

  private static boolean hasRoom(Item item, List<Item> others, Sign sign) {
    double radius = item.diameter() / 2;
    return (sign == null || sign.distance(item.x(), item.y()) >= radius + GAP) && others.stream().allMatch(other ->
        Math.hypot(item.x() - other.x(), item.y() - other.y()) >= radius + other.diameter() / 2 + GAP);
  }

  private Item item() {
    Figure figure = chance.one(Figure.values());
    Colour colour = chance.one(Colour.values());
    Item.Size size = chance.one(Item.Size.values());
    double diameter = random.nextDouble(size.least, size.most);
    double reach = diameter / 2 + MARGIN;
    int shade = colour.shade(random);
    boolean outlined = random.nextDouble() < OUTLINED_SHARE;
    return new Item(figure, colour, shade, size, random.nextDouble(reach, 1 - reach), random.nextDouble(reach, 1 - reach), diameter,
        random.nextDouble(-TURN_DEGREES, TURN_DEGREES), figure.proportion(random), outlined ? random.nextDouble(0.006, 0.015) : 0,
        darker(shade, random.nextDouble(0.4, 0.7)));
  }

  private static int darker(int shade, double brightness) {
    int red = (int) Math.round((shade >> 16 & 0xff) * brightness);
    int green = (int) Math.round((shade >> 8 & 0xff) * brightness);
    int blue = (int) Math.round((shade & 0xff) * brightness);
    return red << 16 | green << 8 | blue;
  }

  private Sign sign() {
    while (true) {
      String text = text();
      Shape line = chance.one(TYPEFACES).line(text);
      Rectangle2D ink = line.getBounds2D();
      double border = random.nextDouble(0.008, 0.016);
      double room = 1 - 2 * (MARGIN + border + PADDING);
      double cap = Math.min(random.nextDouble(0.11, 0.17), room / ink.getWidth());
      if (cap >= LEAST_CAP) {
        return sign(text, line, cap, border);
      }
    }
  }

  private Sign sign(String text, Shape line, double cap, double border) {
    Rectangle2D ink = line.getBounds2D();
    double most = (1 - cap * ink.getWidth()) / 2 - MARGIN - border;
    double beside = chance.between(PADDING, Math.min(PADDING_BESIDE, most));
    double above = chance.between(PADDING, PADDING_ABOVE);
    double top = Math.min(-1, ink.getMinY()); // where there are no tall letters, there is room for them
    double bottom = Math.max(0, ink.getMaxY());
    double width = cap * ink.getWidth() + 2 * (border + beside);
    double height = cap * (bottom - top) + 2 * (border + above);
    double x = chance.between(MARGIN, 1 - MARGIN - width);
    double y = chance.between(MARGIN, 1 - MARGIN - height);
    AffineTransform place = AffineTransform.getTranslateInstance(x + border + beside - cap * ink.getMinX(), y + border + above - cap * top);
    place.scale(cap, cap);
    double corner = random.nextBoolean() ? 0 : random.nextDouble(0, 0.03);
    return new Sign(text, new Rectangle2D.Double(x, y, width, height), border, corner, place.createTransformedShape(line),
        ColourRange.grey(245, 255).shade(random), ColourRange.grey(0, 70).shade(random), ColourRange.grey(0, 60).shade(random));
  }

  private String text() {
    if (random.nextDouble() >= WORD_SHARE) {
      return Integer.toString(random.nextInt(LARGEST_NUMBER + 1));
    }
    String word = chance.one(WORDS);
    return switch (random.nextInt(3)) {
      case 0 -> word;
      case 1 -> word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
      default -> word.toUpperCase(Locale.ROOT);
    };
  }
}
