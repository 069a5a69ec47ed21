package io.mvlm.model.sampling;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Looks for stop strings in text that comes in pieces, and holds back what may be the beginning of one. The string that is complete first
 * counts; of several that end at the same place, the longest. How the text is cut into pieces makes no difference. For one thread.
 */
public final class StopStrings {
  private final String[] stops;
  /** {@code borders[s][n]}: the longest proper beginning of stop string s that also ends its first n chars (Knuth, Morris, Pratt). */
  private final int[][] borders;
  /** How many chars of each stop string the text ends with. */
  private final int[] matched;
  private final StringBuilder held = new StringBuilder();
  private String found;

  /** @param strings none of them empty; possibly no strings at all */
  public StopStrings(List<String> strings) {
    stops = strings.toArray(String[]::new);
    borders = new int[stops.length][];
    matched = new int[stops.length];
    for (int s = 0; s < stops.length; s++) {
      borders[s] = borders(stops[s]);
    }
  }

  private static int[] borders(String stop) {
    if (stop.isEmpty()) {
      throw new IllegalArgumentException("a stop string is empty, expected at least one character");
    }
    int[] borders = new int[stop.length() + 1];
    int length = 0;
    for (int n = 1; n < stop.length(); n++) {
      while (length > 0 && stop.charAt(n) != stop.charAt(length)) {
        length = borders[length];
      }
      length += stop.charAt(n) == stop.charAt(length) ? 1 : 0;
      borders[n + 1] = length;
    }
    return borders;
  }

  /**
   * Takes the next piece of text.
   *
   * @return the text that is certainly before any stop string; nothing more after one was found
   */
  public String push(String piece) {
    if (found != null) {
      return "";
    }
    if (stops.length == 0) {
      return piece;
    }
    for (int i = 0; i < piece.length(); i++) {
      held.append(piece.charAt(i));
      String stop = advance(piece.charAt(i));
      if (stop != null) {
        found = stop;
        held.setLength(held.length() - stop.length());
        return release(0);
      }
    }
    int keep = 0;
    for (int length : matched) {
      keep = Math.max(keep, length);
    }
    return release(keep);
  }

  /** Takes one char; the longest stop string that it completes, or null. */
  private String advance(char c) {
    String complete = null;
    for (int s = 0; s < stops.length; s++) {
      int length = matched[s];
      while (length > 0 && stops[s].charAt(length) != c) {
        length = borders[s][length];
      }
      length += stops[s].charAt(length) == c ? 1 : 0;
      matched[s] = length;
      if (length == stops[s].length() && (complete == null || length > complete.length())) {
        complete = stops[s];
      }
    }
    return complete;
  }

  private String release(int keep) {
    String text = held.substring(0, held.length() - keep);
    held.delete(0, text.length());
    return text;
  }

  /** The text held back, when no more will come; empty after a stop string was found. */
  public String flush() {
    Arrays.fill(matched, 0);
    return found == null ? release(0) : "";
  }

  /** The stop string that was found, if one was. */
  public Optional<String> found() {
    return Optional.ofNullable(found);
  }
}
