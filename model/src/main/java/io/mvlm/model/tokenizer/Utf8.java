package io.mvlm.model.tokenizer;

import java.util.Arrays;

/** UTF-8 as the tokenizers need it: lone surrogates become U+FFFD, and bytes can be checked without making a string. */
final class Utf8 {
  private Utf8() {}

  /** Appends {@code text[from, to)} to a buffer that has room for 3 bytes per char; returns the new length. */
  static int encode(CharSequence text, int from, int to, byte[] out, int at) {
    int i = from;
    while (i < to) {
      char c = text.charAt(i++);
      if (c < 0x80) {
        out[at++] = (byte) c;
      } else if (c < 0x800) {
        out[at++] = (byte) (0xC0 | c >> 6);
        out[at++] = (byte) (0x80 | c & 0x3F);
      } else if (Character.isHighSurrogate(c) && i < to && Character.isLowSurrogate(text.charAt(i))) {
        int point = Character.toCodePoint(c, text.charAt(i++));
        out[at++] = (byte) (0xF0 | point >> 18);
        out[at++] = (byte) (0x80 | point >> 12 & 0x3F);
        out[at++] = (byte) (0x80 | point >> 6 & 0x3F);
        out[at++] = (byte) (0x80 | point & 0x3F);
      } else {
        int unit = Character.isSurrogate(c) ? 0xFFFD : c;
        out[at++] = (byte) (0xE0 | unit >> 12);
        out[at++] = (byte) (0x80 | unit >> 6 & 0x3F);
        out[at++] = (byte) (0x80 | unit & 0x3F);
      }
    }
    return at;
  }

  /** The whole text as UTF-8; each lone surrogate as U+FFFD. */
  static byte[] encode(CharSequence text) {
    byte[] room = new byte[Math.multiplyExact(text.length(), 3)];
    return Arrays.copyOf(room, encode(text, 0, text.length(), room, 0));
  }

  /** How many bytes a character has whose first byte this is; 1 for a byte that starts none. */
  static int width(byte lead) {
    int b = lead & 0xFF;
    return b < 0xC2 || b > 0xF4 ? 1 : b < 0xE0 ? 2 : b < 0xF0 ? 3 : 4;
  }

  /** Whether {@code bytes[from, to)} is well-formed UTF-8 (no overlong forms, no surrogates, nothing above U+10FFFF). */
  static boolean isValid(byte[] bytes, int from, int to) {
    int i = from;
    while (i < to) {
      byte lead = bytes[i++];
      if (lead >= 0) {
        continue;
      }
      if (lead >= (byte) 0xC2 && lead <= (byte) 0xDF && i < to && isContinuation(bytes[i])) {
        i++;
        continue;
      }
      int width = width(lead);
      if (width == 1 || i + width - 1 > to || !isSecond(lead, bytes[i++])) {
        return false;
      }
      for (int k = 2; k < width; k++) {
        if (!isContinuation(bytes[i++])) {
          return false;
        }
      }
    }
    return true;
  }

  static boolean isContinuation(byte b) {
    return (b & 0xC0) == 0x80;
  }

  /** Whether {@code second} may follow {@code lead}, the first byte of a character of 2 to 4 bytes. */
  static boolean isSecond(byte lead, byte second) {
    int b = second & 0xFF;
    return switch (lead & 0xFF) {
      case 0xE0 -> b >= 0xA0 && b <= 0xBF;
      case 0xED -> b >= 0x80 && b <= 0x9F;
      case 0xF0 -> b >= 0x90 && b <= 0xBF;
      case 0xF4 -> b >= 0x80 && b <= 0x8F;
      default -> isContinuation(second);
    };
  }
}
