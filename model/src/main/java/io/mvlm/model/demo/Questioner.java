package io.mvlm.model.demo;

import io.mvlm.model.demo.DemoQuestion.Kind;
import io.mvlm.model.demo.Phrase.Clear;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** Asks about scenes, by the grammar: only what has one clear answer. Not thread-safe. */
final class Questioner {
  /** How far apart centres must be to be left of, right of, above or below each other. */
  static final double CLEARLY_APART = 0.15;
  /** How far apart, horizontally, neighbours in a description must be. */
  static final double IN_ORDER = 0.06;

  private static final int FEW = 3;
  private static final List<String> NUMBERS = List.of("Zero.", "One.", "Two.", "Three.", "Four.", "Five.", "Six.");
  private static final List<List<String>> PLACES = List.of(List.of("At the top left.", "At the top.", "At the top right."),
      List.of("On the left.", "In the middle.", "On the right."), List.of("At the bottom left.", "At the bottom.", "At the bottom right."));

  private final Chance chance;
  private final Wording wording;

  Questioner(Chance chance) {
    this.chance = chance;
    this.wording = new Wording(chance);
  }

  /** One question of each kind that the scene has an answer to. */
  List<DemoQuestion> questions(Scene scene) {
    return switch (scene) {
      case Scene.Known known -> {
        List<Clear> clear = Phrase.allClear(known.items());
        yield Arrays.stream(Kind.values()).flatMap(kind -> question(kind, known, clear).stream()).toList();
      }
      case Scene.Unknown unknown -> List.of(new DemoQuestion(Kind.UNSURE, anyQuestion(), "I am not sure."));
    };
  }

  private Optional<DemoQuestion> question(Kind kind, Scene.Known scene, List<Clear> clear) {
    Optional<Sign> sign = Optional.ofNullable(scene.sign());
    return switch (kind) {
      case COLOUR -> any(clear, c -> c.phrase().colour() == null)
          .map(c -> new DemoQuestion(kind, wording.colour(c), sentence(c.item().colour().word())));
      case SHAPE -> any(clear, c -> c.phrase().figure() == null)
          .map(c -> new DemoQuestion(kind, wording.shape(c, c.phrase().colour()), sentence("a " + c.item().figure().word())));
      case SIZE -> chance.any(clear).map(c -> new DemoQuestion(kind, wording.size(c), sentence(c.item().size().word())));
      case COUNT3 -> count(kind, scene.items(), count -> count <= FEW);
      case COUNT6 -> count(kind, scene.items(), count -> count > FEW);
      case POSITION -> chance.any(Stream.of(where(clear), leftOrRight(clear), aboveOrBelow(clear)).flatMap(Optional::stream).toList());
      case WORD -> sign.filter(s -> !s.isNumber()).map(s -> new DemoQuestion(kind, wording.read(true), s.reading()));
      case NUMBER -> sign.filter(Sign::isNumber).map(s -> new DemoQuestion(kind, wording.readNumber(), s.reading()));
      case YESNO -> Optional.of(yesOrNo(chance.toss(), scene, clear));
      case ABSENT -> absent(scene);
      case DESCRIBE -> description(scene).map(answer -> new DemoQuestion(kind, wording.describe(), answer));
      case UNSURE -> Optional.empty();
    };
  }

  private Optional<Clear> any(List<Clear> clear, Predicate<Clear> which) {
    return chance.any(clear.stream().filter(which).toList());
  }

  /** A number by chance first, then what there are so many of: else most questions were about what is not there. */
  private Optional<DemoQuestion> count(Kind kind, List<Item> items, IntPredicate which) {
    List<Phrase> nouns = Phrase.countable();
    TreeSet<Integer> counts = new TreeSet<>();
    nouns.stream().map(noun -> noun.count(items)).filter(which::test).forEach(counts::add);
    return chance.any(counts).map(count -> {
      Phrase noun = chance.one(nouns.stream().filter(n -> n.count(items) == count).toList());
      return new DemoQuestion(kind, wording.count(noun.plural()), NUMBERS.get(count));
    });
  }

  private Optional<DemoQuestion> where(List<Clear> clear) {
    return any(clear, c -> place(c.item()) != null)
        .map(c -> new DemoQuestion(Kind.POSITION, wording.where(c), place(c.item())));
  }

  /** @return null if it is not clear */
  static String place(Item item) {
    int row = third(item.y());
    int column = third(item.x());
    return row < 0 || column < 0 ? null : PLACES.get(row).get(column);
  }

  private static int third(double coordinate) {
    return coordinate <= 0.29 ? 0 : coordinate >= 0.38 && coordinate <= 0.62 ? 1 : coordinate >= 0.71 ? 2 : -1;
  }

  private Optional<DemoQuestion> leftOrRight(List<Clear> clear) {
    return pair(clear, Item::x).map(p -> new DemoQuestion(Kind.POSITION, wording.leftOrRight(p.one(), p.other()),
        p.one().item().x() < p.other().item().x() ? "Left." : "Right."));
  }

  private Optional<DemoQuestion> aboveOrBelow(List<Clear> clear) {
    return pair(clear, Item::y).map(p -> new DemoQuestion(Kind.POSITION, wording.aboveOrBelow(p.one(), p.other()),
        p.one().item().y() < p.other().item().y() ? "Above." : "Below."));
  }

  private record Pair(Clear one, Clear other) {}

  /** Two objects that are clearly apart along an axis. */
  private Optional<Pair> pair(List<Clear> clear, ToDoubleFunction<Item> axis) {
    List<Pair> pairs = new ArrayList<>();
    for (Clear one : clear) {
      for (Clear other : clear) {
        if (Math.abs(axis.applyAsDouble(one.item()) - axis.applyAsDouble(other.item())) >= CLEARLY_APART) {
          pairs.add(new Pair(one, other));
        }
      }
    }
    return chance.any(pairs);
  }

  /** The answer first, then a question that has it. */
  private DemoQuestion yesOrNo(boolean yes, Scene.Known scene, List<Clear> clear) {
    List<String> ways = new ArrayList<>();
    chance.any(Phrase.named().stream().filter(phrase -> phrase.count(scene.items()) > 0 == yes).toList()).map(wording::isThere)
        .ifPresent(ways::add);
    if (scene.sign() != null == yes) {
      ways.add(wording.isThereASign());
    }
    any(clear, c -> c.phrase().figure() != null && c.phrase().colour() == null)
        .map(c -> wording.is(c, yes ? c.item().colour() : another(c.item().colour()))).ifPresent(ways::add);
    pair(clear, Item::x).map(p -> wording.is(p.one(), p.one().item().x() < p.other().item().x() == yes ? "left of" : "right of", p.other()))
        .ifPresent(ways::add);
    pair(clear, Item::y).map(p -> wording.is(p.one(), p.one().item().y() < p.other().item().y() == yes ? "above" : "below", p.other()))
        .ifPresent(ways::add);
    return new DemoQuestion(Kind.YESNO, chance.one(ways), yes ? "Yes." : "No.");
  }

  private Colour another(Colour colour) {
    return chance.one(Arrays.stream(Colour.values()).filter(c -> c != colour).toList());
  }

  private Optional<DemoQuestion> absent(Scene.Known scene) {
    List<DemoQuestion> ways = new ArrayList<>();
    chance.any(Arrays.stream(Figure.values()).map(f -> new Phrase(f, null)).filter(p -> p.count(scene.items()) == 0).toList())
        .ifPresent(p -> ways.add(absent(chance.one(wording.colour(p), wording.size(p), wording.where(p)), p)));
    chance.any(Arrays.stream(Colour.values()).map(c -> new Phrase(null, c)).filter(p -> p.count(scene.items()) == 0).toList())
        .ifPresent(p -> ways.add(absent(wording.shape(p, p.colour()), p)));
    if (scene.sign() == null) {
      ways.add(absent(wording.read(false), "sign"));
    }
    return chance.any(ways);
  }

  private static DemoQuestion absent(String text, Object what) {
    return new DemoQuestion(Kind.ABSENT, text, "There is no " + what + ".");
  }

  /** Empty where the order of the objects is not clear. */
  static Optional<String> description(Scene.Known scene) {
    List<Item> items = scene.items().stream().sorted(Comparator.comparingDouble(Item::x)).toList();
    for (int i = 1; i < items.size(); i++) {
      if (items.get(i).x() - items.get(i - 1).x() < IN_ORDER) {
        return Optional.empty();
      }
    }
    List<String> parts = new ArrayList<>();
    if (scene.sign() != null) {
      parts.add("a sign that says " + scene.sign().reading());
    }
    items.forEach(item -> parts.add(item.description()));
    String last = parts.removeLast();
    return Optional.of(sentence(parts.isEmpty() ? last : String.join(", ", parts) + " and " + last));
  }

  private static String sentence(String words) {
    return words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1) + ".";
  }

  /** A question about nothing that is known to be there. */
  private String anyQuestion() {
    Phrase figure = new Phrase(chance.one(Figure.values()), null);
    Phrase colour = new Phrase(null, chance.one(Colour.values()));
    Phrase one = chance.one(Phrase.named());
    Phrase other = chance.one(Phrase.named());
    return chance.one(wording.colour(figure), wording.shape(colour, colour.colour()), wording.size(one),
        wording.count(chance.one(Phrase.countable()).plural()), wording.where(one), wording.leftOrRight(one, other),
        wording.aboveOrBelow(one, other), wording.read(true), wording.readNumber(), wording.isThere(one), wording.isThereASign(),
        wording.is(figure, chance.one(Colour.values())), wording.describe());
  }
}
