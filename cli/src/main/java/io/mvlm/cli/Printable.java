package io.mvlm.cli;

/** Text that a terminal only shows, whatever a model, a file or its name put into it. */
final class Printable {
  private static final char STAND_IN = '\uFFFD';

  private Printable() {}

  /** The text with U+FFFD for each control character (C0, DEL, C1) but line feed and tab. */
  static String text(String text) {
    StringBuilder shown = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c) && c != '\n' && c != '\t') {
        shown = shown == null ? new StringBuilder(text) : shown;
        shown.setCharAt(i, STAND_IN);
      }
    }
    return shown == null ? text : shown.toString();
  }

  /** The text in one line, without control characters. */
  static String line(String text) {
    return text(text.strip().replaceAll("\\s*\\R\\s*", " ").replace('\t', ' '));
  }
}
