package io.mvlm.model.chat;

/** A part of a prompt before it is tokenised. Texts that follow each other are one text. */
public sealed interface Segment {
  /** Plain text, in which nothing is special. */
  record Text(String text) implements Segment {}

  /** A token of the template's own, by its piece; plain text where the vocabulary does not have it. */
  record Control(String text) implements Segment {}

  /** The vocabulary's begin-of-text token, if it has one. */
  record Begin() implements Segment {
    @Override
    public String text() {
      return "<s>";
    }
  }

  /** The vocabulary's end-of-text token, if it has one. */
  record End() implements Segment {
    @Override
    public String text() {
      return "</s>";
    }
  }

  /** The place of an image; images are numbered from 0 over all messages rendered together. */
  record Image(int index) implements Segment {
    @Override
    public String text() {
      return "<image>";
    }
  }

  /** How the segment reads in a prompt that is shown to people. */
  String text();
}
