package io.mvlm.model.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.geom.Rectangle2D;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every scene keeps the grammar's rules, and all that the grammar knows occurs. */
class SceneMakerTest {
  private static final int MANY = 3000;
  private static final double ROUNDING = 1e-9;

  private static Stream<Scene> scenes() {
    return IntStream.range(0, MANY).mapToObj(seed -> new SceneMaker(new Chance(new SplittableRandom(seed))).next());
  }

  private static Stream<Scene.Known> known() {
    return scenes().filter(Scene.Known.class::isInstance).map(Scene.Known.class::cast);
  }

  private static void assertBetween(double low, double high, double value, Object what) {
    assertTrue(value >= low - ROUNDING && value <= high + ROUNDING, () -> value + " in " + what);
  }

  @Test
  void everyKindOfPictureHasItsShare() {
    Map<String, Integer> count = new HashMap<>();
    scenes().forEach(scene -> count.merge(switch (scene) {
      case Scene.Unknown unknown -> "unknown";
      case Scene.Known(int background, Sign sign, List<Item> items) -> (sign == null ? "" : "sign ") + (items.isEmpty() ? "" : "items");
    }, 1, Integer::sum));
    assertEquals(Set.of("items", "sign ", "sign items", "unknown"), count.keySet());
    assertBetween(0.41, 0.49, count.get("items") / (double) MANY, count);
    assertBetween(0.19, 0.25, count.get("sign ") / (double) MANY, count);
    assertBetween(0.22, 0.28, count.get("sign items") / (double) MANY, count);
  }

  @Test
  void objectsAreOfTheSizesThatTheirWordsSayAndInsideThePicture() {
    known().flatMap(scene -> scene.items().stream()).forEach(item -> {
      boolean small = item.size() == Item.Size.SMALL;
      assertBetween(small ? 0.13 : 0.24, small ? 0.17 : 0.30, item.diameter(), item);
      double reach = item.diameter() / 2 + 0.02;
      assertBetween(reach, 1 - reach, item.x(), item);
      assertBetween(reach, 1 - reach, item.y(), item);
      assertBetween(-10, 10, item.degrees(), item);
      assertTrue(item.outline() == 0 || item.outline() >= 0.006 && item.outline() <= 0.015, item::toString);
    });
  }

  @Test
  void nothingTouchesAnything() {
    known().forEach(scene -> {
      for (Item a : scene.items()) {
        for (Item b : scene.items()) {
          double gap = Math.hypot(a.x() - b.x(), a.y() - b.y()) - a.diameter() / 2 - b.diameter() / 2;
          assertTrue(a == b || gap >= 0.04 - ROUNDING, scene::toString);
        }
        if (scene.sign() != null) {
          Rectangle2D around = scene.sign().frame();
          for (int i = 0; i < 360; i++) {
            double x = a.x() + (a.diameter() / 2 + 0.0399) * Math.cos(Math.toRadians(i));
            double y = a.y() + (a.diameter() / 2 + 0.0399) * Math.sin(Math.toRadians(i));
            assertTrue(!around.contains(x, y), scene::toString);
          }
        }
      }
      assertTrue(scene.items().size() <= (scene.sign() == null ? 6 : 3) && (scene.sign() != null || !scene.items().isEmpty()));
    });
  }

  @Test
  void signsHoldTheirText() {
    known().map(Scene.Known::sign).filter(sign -> sign != null).forEach(sign -> {
      Rectangle2D frame = sign.frame();
      assertTrue(new Rectangle2D.Double(0.02 - ROUNDING, 0.02 - ROUNDING, 0.96 + 2 * ROUNDING, 0.96 + 2 * ROUNDING).contains(frame),
          sign::toString);
      Rectangle2D text = sign.letters().getBounds2D();
      double border = sign.border();
      assertBetween(0.02, 0.08, text.getMinX() - frame.getMinX() - border, sign);
      assertBetween(0.02, 0.08, frame.getMaxX() - text.getMaxX() - border, sign);
      assertTrue(text.getMinY() - frame.getMinY() - border >= 0.02 - ROUNDING, sign::toString);
      assertTrue(frame.getMaxY() - text.getMaxY() - border >= 0.02 - ROUNDING, sign::toString);
      if (sign.text().equals(sign.text().toUpperCase()) && !sign.isNumber() && !sign.text().matches(".*[JQ].*")) {
        assertBetween(0.098, 0.178, text.getHeight(), sign); // round letters reach a little beyond H
      }
    });
  }

  @Test
  void colourIsWithinItsRange() {
    known().forEach(scene -> scene.items().forEach(item -> {
      int red = item.shade() >> 16 & 0xff;
      int green = item.shade() >> 8 & 0xff;
      int blue = item.shade() & 0xff;
      switch (item.colour()) {
        case RED -> assertTrue(red >= 190 && red <= 240 && green >= 15 && green <= 60 && blue >= 15 && blue <= 60);
        case ORANGE -> assertTrue(red >= 235 && green >= 115 && green <= 150 && blue <= 45);
        case BLACK -> assertTrue(red <= 40 && Math.abs(green - red) <= 8 && Math.abs(blue - red) <= 8);
        default -> { }
      }
    }));
  }

  @Test
  void allThatThereIsOccurs() {
    Set<Object> seen = new HashSet<>();
    scenes().forEach(scene -> {
      switch (scene) {
        case Scene.Unknown(Clutter clutter, long seed) -> seen.add(clutter);
        case Scene.Known(int background, Sign sign, List<Item> items) -> {
          items.forEach(item -> seen.addAll(List.of(item.figure(), item.colour(), item.size())));
          seen.add(items.size());
          if (sign != null) {
            seen.add(sign.isNumber() ? "number" : sign.reading());
          }
        }
      }
    });
    assertTrue(seen.containsAll(List.of(Figure.values())) && seen.containsAll(List.of(Colour.values()))
        && seen.containsAll(List.of(Item.Size.values())) && seen.containsAll(List.of(Clutter.values()))
        && seen.containsAll(List.of(0, 1, 2, 3, 4, 5, 6)) && seen.contains("number"), seen::toString);
    assertEquals(300, SignWords.all().size());
    long words = SignWords.all().stream().filter(seen::contains).count();
    assertTrue(words > 250, () -> words + " words");
  }

  @Test
  void everyLetterHasAnOutlineInEveryTypeface() {
    String letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    List<Typeface> typefaces = Typeface.all();
    assertEquals(6, typefaces.size());
    for (Typeface typeface : typefaces) {
      assertEquals(1, -typeface.line("H").getBounds2D().getMinY(), ROUNDING);
      for (String letter : letters.split("")) {
        Rectangle2D ink = typeface.line(letter).getBounds2D();
        assertTrue(ink.getHeight() > 0.6 && ink.getWidth() > 0.1, letter);
      }
      assertTrue(typeface.line("mm").getBounds2D().getWidth() > 1.7 * typeface.line("m").getBounds2D().getWidth());
    }
  }
}
