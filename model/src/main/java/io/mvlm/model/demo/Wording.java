package io.mvlm.model.demo;

import java.util.ArrayList;
import java.util.List;

/** Puts questions into words: one of the published ways, by chance. Objects are given as phrases: "red star". */
final class Wording {
  private final Chance chance;

  Wording(Chance chance) {
    this.chance = chance;
  }

  String colour(Object object) {
    String colour = chance.one("colour", "color");
    return chance.one("What " + colour + " is the " + object + "?", "Which " + colour + " is the " + object + "?",
        "What is the " + colour + " of the " + object + "?");
  }

  /** @param colour what is known of the object, or null */
  String shape(Object object, Colour colour) {
    List<String> ways = new ArrayList<>(List.of("What shape is the " + object + "?", "Which shape is the " + object + "?",
        "What is the shape of the " + object + "?"));
    if (colour != null) {
      ways.add("What shape is " + colour.word() + "?");
    }
    return chance.one(ways);
  }

  String size(Object object) {
    return chance.one("Is the " + object + " small or large?", "Is the " + object + " large or small?", "What size is the " + object + "?",
        "How big is the " + object + "?");
  }

  /** @param objects in the plural */
  String count(String objects) {
    return chance.one("How many " + objects + " are there?", "How many " + objects + " are in the picture?", "Count the " + objects + ".");
  }

  String leftOrRight(Object object, Object other) {
    return chance.one("Is the " + object + " left or right of the " + other + "?",
        "Is the " + object + " to the left or to the right of the " + other + "?");
  }

  String aboveOrBelow(Object object, Object other) {
    return "Is the " + object + " above or below the " + other + "?";
  }

  String where(Object object) {
    return chance.one("Where is the " + object + "?", "Where is the " + object + " in the picture?");
  }

  /** @param there whether there is a sign, so that "it" can mean it */
  String read(boolean there) {
    return there && chance.toss() ? "What does it say?"
        : chance.one("What does the sign say?", "What is written on the sign?", "Read the sign.");
  }

  String readNumber() {
    return chance.toss() ? read(true) : chance.one("What number is on the sign?", "Which number is on the sign?");
  }

  String isThere(Phrase object) {
    return "Is there " + (object.colour() == Colour.ORANGE ? "an " : "a ") + object + "?";
  }

  String isThereASign() {
    return "Is there a sign?";
  }

  String is(Object object, Colour colour) {
    return "Is the " + object + " " + colour.word() + "?";
  }

  /** @param relation such as "left of" */
  String is(Object object, String relation, Object other) {
    return "Is the " + object + " " + relation + " the " + other + "?";
  }

  String describe() {
    return chance.one("Describe the image.", "Describe the picture.", "What is in the picture?", "What do you see?");
  }
}
