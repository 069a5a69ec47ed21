package io.mvlm.model.tokenizer;

/** Cuts one text into words by the rules of a {@link PreTokenizer}, front to back; no char is left out. For one thread. */
final class WordScanner {
  private final PreTokenizer rules;
  private final CharSequence text;
  private final int end;
  private int wordStart;
  private int wordEnd;
  /** The end of the part of text that the rules treat by itself (between digits, or between punctuation). */
  private int partEnd;

  /** Scans {@code text[start, end)}, in chars. */
  WordScanner(PreTokenizer rules, CharSequence text, int start, int end) {
    this.rules = rules;
    this.text = text;
    this.end = end;
    wordEnd = start;
    partEnd = start;
  }

  /** Goes on to the next word, which has at least one char; false at the end. */
  boolean next() {
    wordStart = wordEnd;
    if (wordStart >= end) {
      return false;
    }
    wordEnd = switch (rules) {
      case GPT_2 -> gpt2(wordStart, end);
      case SMOLLM -> smollm(wordStart);
      case LLAMA_3 -> llama3(wordStart, 3);
      case QWEN_2 -> llama3(wordStart, 1);
      case DEFAULT -> byDefault(wordStart);
    };
    return true;
  }

  int start() {
    return wordStart;
  }

  int end() {
    return wordEnd;
  }

  private int gpt2(int at, int limit) {
    int contraction = contraction(at, limit, false);
    if (contraction > at) {
      return contraction;
    }
    int first = point(at, limit);
    int from = first == ' ' && at + 1 < limit ? at + 1 : at;
    Kind kind = kind(point(from, limit));
    return kind == Kind.SPACE ? spaces(at, limit) : run(from, limit, kind, Integer.MAX_VALUE);
  }

  private int smollm(int at) {
    if (kind(point(at, end)) == Kind.NUMBER) {
      return after(at, end);
    }
    if (at >= partEnd) {
      partEnd = at;
      while (partEnd < end && kind(point(partEnd, end)) != Kind.NUMBER) {
        partEnd = after(partEnd, end);
      }
    }
    return gpt2(at, partEnd);
  }

  private int llama3(int at, int digits) {
    int contraction = contraction(at, end, true);
    if (contraction > at) {
      return contraction;
    }
    int first = point(at, end);
    Kind kind = kind(first);
    int second = after(at, end);
    if (kind == Kind.LETTER) {
      return run(at, end, Kind.LETTER, Integer.MAX_VALUE);
    }
    if (kind == Kind.NUMBER) {
      return run(at, end, Kind.NUMBER, digits);
    }
    if (first != '\r' && first != '\n' && second < end && kind(point(second, end)) == Kind.LETTER) {
      return run(second, end, Kind.LETTER, Integer.MAX_VALUE);
    }
    if (kind == Kind.OTHER || first == ' ' && second < end && kind(point(second, end)) == Kind.OTHER) {
      int others = run(kind == Kind.OTHER ? at : second, end, Kind.OTHER, Integer.MAX_VALUE);
      while (others < end && isLineBreak(text.charAt(others))) {
        others++;
      }
      return others;
    }
    int spaces = run(at, end, Kind.SPACE, Integer.MAX_VALUE);
    int lines = spaces;
    while (lines > at && !isLineBreak(text.charAt(lines - 1))) {
      lines--;
    }
    return lines > at ? lines : spaces(at, end);
  }

  private int byDefault(int at) {
    if (at >= partEnd) {
      boolean mark = isMark(point(at, end));
      partEnd = at;
      while (partEnd < end && isMark(point(partEnd, end)) == mark) {
        partEnd = after(partEnd, end);
      }
    }
    int first = point(at, partEnd);
    if (isMark(first)) {
      return partEnd;
    }
    if (kind(first) == Kind.NUMBER) {
      return triplet(at, partEnd);
    }
    if (first == ' ' && at + 1 < partEnd && kind(point(at + 1, partEnd)) == Kind.NUMBER) {
      return at + 1;
    }
    return gpt2(at, partEnd);
  }

  /** The end of three ASCII digits at {@code at}, or where the next three begin, or the end of the number. */
  private int triplet(int at, int limit) {
    int digits = 0;
    int i = at;
    while (i < limit) {
      int c = point(i, limit);
      if (kind(c) != Kind.NUMBER) {
        break;
      }
      digits = c >= '0' && c <= '9' ? digits + 1 : 0;
      i = after(i, limit);
      if (digits == 3) {
        return i - 3 == at ? i : i - 3;
      }
    }
    return i;
  }

  /** All white space but the last char of it, if other text follows and this leaves any. */
  private int spaces(int at, int limit) {
    int run = run(at, limit, Kind.SPACE, Integer.MAX_VALUE);
    return run < limit && run - at > 1 ? run - 1 : run;
  }

  private int run(int at, int limit, Kind kind, int most) {
    int i = at;
    for (int n = 0; n < most && i < limit && kind(point(i, limit)) == kind; n++) {
      i = after(i, limit);
    }
    return i;
  }

  /** The end of 's 't 'm 'd 're 've 'll at {@code at}, or {@code at} if there is none. */
  private int contraction(int at, int limit, boolean anyCase) {
    if (text.charAt(at) != '\'' || at + 1 >= limit) {
      return at;
    }
    int a = lower(text.charAt(at + 1), anyCase);
    if (a == 's' || a == 't' || a == 'm' || a == 'd') {
      return at + 2;
    }
    if (at + 2 >= limit) {
      return at;
    }
    int b = lower(text.charAt(at + 2), anyCase);
    boolean long2 = a == 'r' && b == 'e' || a == 'v' && b == 'e' || a == 'l' && b == 'l';
    return long2 ? at + 3 : at;
  }

  private static int lower(char c, boolean anyCase) {
    return anyCase && c >= 'A' && c <= 'Z' ? c + 32 : c;
  }

  private int point(int at, int limit) {
    char c = text.charAt(at);
    if (Character.isHighSurrogate(c) && at + 1 < limit && Character.isLowSurrogate(text.charAt(at + 1))) {
      return Character.toCodePoint(c, text.charAt(at + 1));
    }
    return c;
  }

  private int after(int at, int limit) {
    return at + (point(at, limit) > 0xFFFF ? 2 : 1);
  }

  private static boolean isLineBreak(char c) {
    return c == '\r' || c == '\n';
  }

  private enum Kind { LETTER, NUMBER, SPACE, OTHER }

  private static Kind kind(int point) {
    if (point < 0x80) {
      if (point >= 'a' && point <= 'z' || point >= 'A' && point <= 'Z') {
        return Kind.LETTER;
      }
      if (point >= '0' && point <= '9') {
        return Kind.NUMBER;
      }
      return isSpace(point) ? Kind.SPACE : Kind.OTHER;
    }
    return switch (Character.getType(point)) {
      case Character.UPPERCASE_LETTER, Character.LOWERCASE_LETTER, Character.TITLECASE_LETTER, Character.MODIFIER_LETTER,
          Character.OTHER_LETTER -> Kind.LETTER;
      case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> Kind.NUMBER;
      default -> isSpace(point) ? Kind.SPACE : Kind.OTHER;
    };
  }

  /** Unicode's White_Space, which {@link Character#isWhitespace(int)} is not. */
  static boolean isSpace(int point) {
    return point >= 9 && point <= 13 || point == ' ' || point == 0x85 || point == 0xA0 || point == 0x1680
        || point >= 0x2000 && point <= 0x200A || point == 0x2028 || point == 0x2029 || point == 0x202F
        || point == 0x205F || point == 0x3000;
  }

  private static boolean isMark(int point) {
    return switch (Character.getType(point)) {
      case Character.CONNECTOR_PUNCTUATION, Character.DASH_PUNCTUATION, Character.START_PUNCTUATION, Character.END_PUNCTUATION,
          Character.INITIAL_QUOTE_PUNCTUATION, Character.FINAL_QUOTE_PUNCTUATION, Character.OTHER_PUNCTUATION -> true;
      default -> "$+<=>^~|".indexOf(point) >= 0;
    };
  }
}
