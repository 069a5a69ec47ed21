package io.mvlm.model.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * A way to speak of an object: by its shape, its colour, both, or as the object.
 *
 * @param figure or null
 * @param colour or null
 */
record Phrase(Figure figure, Colour colour) {
  /** A way to speak of one of a scene's objects, which fits no other. */
  record Clear(Phrase phrase, Item item) {
    @Override
    public String toString() {
      return phrase.toString();
    }
  }

  /** All clear ways to speak of any of the objects. */
  static List<Clear> allClear(List<Item> items) {
    List<Clear> phrases = new ArrayList<>();
    for (Item item : items) {
      for (Phrase phrase : List.of(new Phrase(item.figure(), null), new Phrase(item.figure(), item.colour()),
          new Phrase(null, item.colour()), new Phrase(null, null))) {
        if (phrase.count(items) == 1) {
          phrases.add(new Clear(phrase, item));
        }
      }
    }
    return phrases;
  }

  /** Every way to name a kind of object, be it shown or not: all but "object" alone. */
  static List<Phrase> named() {
    List<Phrase> phrases = new ArrayList<>();
    for (Figure figure : Figure.values()) {
      phrases.add(new Phrase(figure, null));
      for (Colour colour : Colour.values()) {
        phrases.add(new Phrase(figure, colour));
      }
    }
    for (Colour colour : Colour.values()) {
      phrases.add(new Phrase(null, colour));
    }
    return phrases;
  }

  /** What can be counted: all objects, those of a colour, those of a shape. */
  static List<Phrase> countable() {
    List<Phrase> phrases = new ArrayList<>(named());
    phrases.removeIf(phrase -> phrase.figure != null && phrase.colour != null);
    phrases.add(new Phrase(null, null));
    return phrases;
  }

  /** How many of the objects it fits. */
  int count(List<Item> items) {
    Predicate<Item> fits = item -> (figure == null || item.figure() == figure) && (colour == null || item.colour() == colour);
    return (int) items.stream().filter(fits).count();
  }

  /** As in "red objects" or "circles". */
  String plural() {
    return (colour == null ? "" : colour.word() + " ") + (figure == null ? "objects" : figure.plural());
  }

  @Override
  public String toString() {
    return (colour == null ? "" : colour.word() + " ") + (figure == null ? "object" : figure.word());
  }
}
