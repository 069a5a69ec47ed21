package io.mvlm.cli.launcher;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** The user's words on their way from one process to the next. */
final class CommandLine {
  private CommandLine() {}

  /**
   * What the user typed. In a locale without UTF-8 a JVM decodes its arguments to replacement characters, so there the bytes are
   * read again.
   *
   * @param cmdline Linux' {@code /proc/self/cmdline}
   */
  static String[] typed(String[] decoded, Path cmdline) {
    boolean lost = false;
    for (String argument : decoded) {
      lost |= argument.indexOf('\uFFFD') >= 0;
    }
    if (!lost || !Files.isReadable(cmdline)) {
      return decoded;
    }
    try {
      String[] all = new String(Files.readAllBytes(cmdline), StandardCharsets.UTF_8).split("\0", -1);
      int end = all.length - 1; // the last word ends with a zero byte, too
      return end < decoded.length ? decoded : Arrays.copyOfRange(all, end - decoded.length, end);
    } catch (IOException unreadable) {
      return decoded;
    }
  }

  /** Whether every word reaches another process as it is, on every platform and in every locale. */
  static boolean isPlain(String[] arguments) {
    for (String argument : arguments) {
      if (argument.isEmpty()) {
        return false;
      }
      for (int i = 0; i < argument.length(); i++) {
        char c = argument.charAt(i);
        if (c < ' ' || c > '~' || c == '"' || c == '\\') {
          return false;
        }
      }
    }
    return true;
  }

  /** The words as one word of plain letters: UTF-8, each ended by a zero byte, in base64. */
  static String pack(List<String> arguments) {
    StringBuilder all = new StringBuilder();
    for (String argument : arguments) {
      all.append(argument).append('\0');
    }
    return Base64.getUrlEncoder().withoutPadding().encodeToString(all.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** The inverse of {@link #pack}. */
  static String[] unpack(String packed) {
    String all = new String(Base64.getUrlDecoder().decode(packed), StandardCharsets.UTF_8);
    String[] parts = all.split("\0", -1);
    return Arrays.copyOf(parts, parts.length - 1);
  }
}
