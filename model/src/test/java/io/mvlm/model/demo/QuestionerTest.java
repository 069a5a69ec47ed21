package io.mvlm.model.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.model.demo.DemoQuestion.Kind;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Reads the questions as a person would, from their words alone, looks the answer up in the scene and compares. */
class QuestionerTest {
  private static final int MANY = 2000;
  private static final String OBJECT = "the ((?:\\w+ )?\\w+)";
  private static final List<String> NUMBERS = List.of("Zero", "One", "Two", "Three", "Four", "Five", "Six");

  private static void forMany(BiConsumer<Scene, List<DemoQuestion>> check) {
    for (int seed = 0; seed < MANY; seed++) {
      Chance chance = new Chance(new SplittableRandom(seed));
      Scene scene = new SceneMaker(chance).next();
      check.accept(scene, new Questioner(chance).questions(scene));
    }
  }

  private static List<Item> matching(Scene.Known scene, String phrase) {
    List<String> words = List.of(phrase.split(" "));
    return scene.items().stream().filter(item -> words.stream().allMatch(word -> word.equals("object") || word.equals("objects")
        || word.equals(item.colour().name().toLowerCase(Locale.ROOT)) || (word + "s").equals(item.figure().plural())
        || (word + "es").equals(item.figure().plural()) || word.equals(item.figure().plural()))).toList();
  }

  /** The only one that fits. */
  private static Item one(Scene.Known scene, String phrase) {
    List<Item> items = matching(scene, phrase);
    assertEquals(1, items.size(), () -> phrase + " in " + scene);
    return items.getFirst();
  }

  private static String capital(String text) {
    return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1).toLowerCase(Locale.ROOT) + ".";
  }

  private static boolean holds(Item a, String relation, Item b) {
    double ahead = switch (relation) {
      case "left" -> b.x() - a.x();
      case "right" -> a.x() - b.x();
      case "above" -> b.y() - a.y();
      default -> a.y() - b.y();
    };
    assertTrue(Math.abs(ahead) >= 0.15, () -> a + " " + relation + " " + b);
    return ahead > 0;
  }

  private static String answer(Scene.Known scene, String question) {
    Matcher m;
    if ((m = match("(?:What|Which) colou?r is " + OBJECT + "\\?|What is the colou?r of " + OBJECT + "\\?", question)) != null) {
      return matching(scene, group(m)).isEmpty() ? "There is no " + group(m) + "." : capital(one(scene, group(m)).colour().name());
    }
    if ((m = match("(?:What|Which) shape is " + OBJECT + "\\?|What is the shape of " + OBJECT + "\\?|What shape is (\\w+)\\?", question))
        != null) {
      String phrase = group(m).contains("object") ? group(m) : group(m) + " object";
      return matching(scene, phrase).isEmpty() ? "There is no " + phrase + "." : capital("a " + one(scene, phrase).figure());
    }
    if ((m = match("Is " + OBJECT + " (?:small or large|large or small)\\?|What size is " + OBJECT + "\\?|How big is " + OBJECT + "\\?",
        question)) != null) {
      return matching(scene, group(m)).isEmpty() ? "There is no " + group(m) + "."
          : one(scene, group(m)).diameter() < 0.2 ? "Small." : "Large.";
    }
    if ((m = match("How many (.*) are (?:there|in the picture)\\?|Count the (.*)\\.", question)) != null) {
      return NUMBERS.get(matching(scene, group(m)).size()) + ".";
    }
    if ((m = match("Is " + OBJECT + " (?:left or right of|to the left or to the right of) " + OBJECT + "\\?", question)) != null) {
      return holds(one(scene, m.group(1)), "left", one(scene, m.group(2))) ? "Left." : "Right.";
    }
    if ((m = match("Is " + OBJECT + " above or below " + OBJECT + "\\?", question)) != null) {
      return holds(one(scene, m.group(1)), "above", one(scene, m.group(2))) ? "Above." : "Below.";
    }
    if ((m = match("Where is " + OBJECT + "(?: in the picture)?\\?", question)) != null) {
      return matching(scene, group(m)).isEmpty() ? "There is no " + group(m) + "." : place(one(scene, group(m)));
    }
    if (match("What does the sign say\\?|What is written on the sign\\?|What does it say\\?|Read the sign\\.|"
        + "(?:What|Which) number is on the sign\\?", question) != null) {
      return scene.sign() == null ? "There is no sign." : scene.sign().text().toLowerCase(Locale.ROOT);
    }
    if (question.equals("Is there a sign?")) {
      return scene.sign() != null ? "Yes." : "No.";
    }
    if ((m = match("Is there an? (.*)\\?", question)) != null) {
      assertEquals(group(m).startsWith("o"), question.contains(" an "), question);
      return matching(scene, group(m)).isEmpty() ? "No." : "Yes.";
    }
    if ((m = match("Is " + OBJECT + " (left of|right of|above|below) " + OBJECT + "\\?", question)) != null) {
      return holds(one(scene, m.group(1)), m.group(2).split(" ")[0], one(scene, m.group(3))) ? "Yes." : "No.";
    }
    if ((m = match("Is the (\\w+) (\\w+)\\?", question)) != null) {
      return one(scene, m.group(1)).colour().name().equalsIgnoreCase(m.group(2)) ? "Yes." : "No.";
    }
    assertTrue(match("Describe the (?:image|picture)\\.|What is in the picture\\?|What do you see\\?", question) != null, question);
    return description(scene);
  }

  private static Matcher match(String pattern, String question) {
    Matcher matcher = Pattern.compile(pattern).matcher(question);
    return matcher.matches() ? matcher : null;
  }

  private static String group(Matcher matcher) {
    for (int i = 1; i <= matcher.groupCount(); i++) {
      if (matcher.group(i) != null) {
        return matcher.group(i);
      }
    }
    throw new AssertionError(matcher);
  }

  private static String place(Item item) {
    String row = third(item.y(), "top", "middle", "bottom");
    String column = third(item.x(), "left", "middle", "right");
    return row.equals("middle") ? (column.equals("middle") ? "In the middle." : "On the " + column + ".")
        : column.equals("middle") ? "At the " + row + "." : "At the " + row + " " + column + ".";
  }

  private static String third(double at, String low, String middle, String high) {
    assertTrue(at <= 0.29 || at >= 0.38 && at <= 0.62 || at >= 0.71, () -> "unclear: " + at);
    return at < 1 / 3.0 ? low : at < 2 / 3.0 ? middle : high;
  }

  private static String description(Scene.Known scene) {
    StringBuilder text = new StringBuilder();
    if (scene.sign() != null) {
      text.append(", a sign that says ").append(scene.sign().text().toLowerCase(Locale.ROOT));
    }
    Item before = null;
    for (Item item : scene.items().stream().sorted((a, b) -> Double.compare(a.x(), b.x())).toList()) {
      assertTrue(before == null || item.x() - before.x() >= 0.06, scene::toString);
      text.append((", a " + (item.diameter() < 0.2 ? "small " : "large ") + item.colour() + " " + item.figure()).toLowerCase(Locale.ROOT));
      before = item;
    }
    return text.substring(2, 3).toUpperCase(Locale.ROOT) + text.substring(3).replaceFirst(",(?=[^,]*$)", " and") + ".";
  }

  @Test
  void everyAnswerIsTheOneThatTheSceneGives() {
    forMany((scene, questions) -> {
      for (DemoQuestion question : questions) {
        switch (scene) {
          case Scene.Known known -> assertEquals(answer(known, question.text()), question.answer(), () -> question + " of " + scene);
          case Scene.Unknown unknown -> assertEquals("I am not sure.", question.answer());
        }
      }
    });
  }

  @Test
  void kindsAreWhatTheirNamesSay() {
    forMany((scene, questions) -> {
      Set<Kind> kinds = EnumSet.noneOf(Kind.class);
      for (DemoQuestion question : questions) {
        assertTrue(kinds.add(question.kind()), "two of a kind");
        assertTrue(switch (question.kind()) {
          case COLOUR -> Arrays.stream(Colour.values()).anyMatch(c -> question.answer().equals(capital(c.name())));
          case SHAPE -> Arrays.stream(Figure.values()).anyMatch(f -> question.answer().equals("A " + f.word() + "."));
          case SIZE -> Set.of("Small.", "Large.").contains(question.answer());
          case COUNT3 -> Set.of("Zero.", "One.", "Two.", "Three.").contains(question.answer());
          case COUNT6 -> Set.of("Four.", "Five.", "Six.").contains(question.answer());
          case POSITION -> question.answer().matches("Left\\.|Right\\.|Above\\.|Below\\.|At the .*|On the .*|In the middle\\.");
          case WORD -> SignWords.all().contains(question.answer());
          case NUMBER -> question.answer().matches("0|[1-9][0-9]{0,2}");
          case YESNO -> Set.of("Yes.", "No.").contains(question.answer());
          case ABSENT -> question.answer().startsWith("There is no ");
          case DESCRIBE -> question.answer().startsWith("A ");
          case UNSURE -> scene instanceof Scene.Unknown;
        }, question::toString);
      }
      assertTrue(scene instanceof Scene.Unknown || kinds.contains(Kind.YESNO) && kinds.contains(Kind.COUNT3));
    });
  }

  /** None can be guessed, and every published answer comes. */
  @Test
  void answersAreSpread() {
    Map<Kind, TreeSet<String>> answers = new EnumMap<>(Kind.class);
    int[] yes = {0, 0};
    forMany((scene, questions) -> questions.forEach(question -> {
      answers.computeIfAbsent(question.kind(), kind -> new TreeSet<>()).add(question.answer());
      if (question.kind() == Kind.YESNO) {
        yes[question.answer().equals("Yes.") ? 0 : 1]++;
      }
    }));
    assertEquals(EnumSet.allOf(Kind.class), answers.keySet());
    assertEquals(Colour.values().length, answers.get(Kind.COLOUR).size());
    assertEquals(Figure.values().length, answers.get(Kind.SHAPE).size());
    assertEquals(2 + 2 + 9, answers.get(Kind.POSITION).size());
    assertEquals(4 + 3, answers.get(Kind.COUNT3).size() + answers.get(Kind.COUNT6).size());
    assertEquals(Figure.values().length + Colour.values().length + 1, answers.get(Kind.ABSENT).size());
    assertTrue(Math.abs(yes[0] - yes[1]) < 0.1 * (yes[0] + yes[1]), Arrays.toString(yes));
  }
}
