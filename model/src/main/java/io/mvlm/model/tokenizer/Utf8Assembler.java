package io.mvlm.model.tokenizer;

/**
 * Puts characters together from bytes that arrive in any portions. What cannot be part of a character becomes U+FFFD, either one for
 * every bad byte (as SentencePiece does it) or one for every longest beginning of a character (as most others do). One thread at a time.
 */
final class Utf8Assembler {
  private final boolean replaceEachByte;
  private final byte[] pending = new byte[4];
  private int count;

  Utf8Assembler(boolean replaceEachByte) {
    this.replaceEachByte = replaceEachByte;
  }

  /** Takes one byte; appends to {@code out} what is complete with it. */
  void push(byte b, StringBuilder out) {
    if (count > 0) {
      boolean fits = count == 1 ? Utf8.isSecond(pending[0], b) : Utf8.isContinuation(b);
      if (fits) {
        pending[count++] = b;
        if (count == Utf8.width(pending[0])) {
          out.appendCodePoint(codePoint());
          count = 0;
        }
        return;
      }
      flush(out);
    }
    if (b >= 0) {
      out.append((char) b);
    } else if (Utf8.width(b) > 1) {
      pending[0] = b;
      count = 1;
    } else {
      out.append('\uFFFD');
    }
  }

  /** Nothing more belongs to the character that was begun, if one was. */
  void flush(StringBuilder out) {
    if (count > 0) {
      out.repeat('\uFFFD', replaceEachByte ? count : 1);
      count = 0;
    }
  }

  private int codePoint() {
    int point = pending[0] & (0xFF >> count + 1);
    for (int i = 1; i < count; i++) {
      point = point << 6 | pending[i] & 0x3F;
    }
    return point;
  }
}
