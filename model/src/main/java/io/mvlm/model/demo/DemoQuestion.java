package io.mvlm.model.demo;

import java.util.Locale;

/**
 * A question on a picture, and the one right answer.
 *
 * @param text as the model is asked
 * @param answer as it has to answer, to the letter
 */
public record DemoQuestion(Kind kind, String text, String answer) {
  /** What a question asks for. */
  public enum Kind {
    COLOUR,
    SHAPE,
    SIZE,
    /** A number of objects from zero to three. */
    COUNT3,
    /** A number of objects from four to six. */
    COUNT6,
    POSITION,
    /** A word on a sign. */
    WORD,
    /** A number on a sign. */
    NUMBER,
    YESNO,
    /** Something that the picture does not show. */
    ABSENT,
    DESCRIBE,
    /** A picture that the model was not made for. */
    UNSURE;

    /** In tables. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
