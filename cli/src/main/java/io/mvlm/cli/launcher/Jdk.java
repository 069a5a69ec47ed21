package io.mvlm.cli.launcher;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** A Java installation as its {@code release} file describes it; no process is started to ask. */
final class Jdk {
  /** The oldest release that can run mvlm. */
  static final int REQUIRED = 25;

  private static final String VECTOR_MODULE = "jdk.incubator.vector";

  private final Path home;
  private final int feature;
  private final boolean vector;

  private Jdk(Path home, int feature, boolean vector) {
    this.home = home;
    this.feature = feature;
    this.vector = vector;
  }

  /** The installation in that folder, or null if there is none that can be started and read. */
  static Jdk at(Path home) {
    Path release = home.resolve("release");
    if (!Files.isRegularFile(release) || executable(home) == null) {
      return null;
    }
    int feature = 0;
    // Files without a MODULES line are complete JDKs of vendors that leave it out: the module's own file tells.
    boolean vector = Files.exists(home.resolve("jmods").resolve(VECTOR_MODULE + ".jmod"));
    try (BufferedReader reader = Files.newBufferedReader(release, StandardCharsets.ISO_8859_1)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        if (line.startsWith("JAVA_VERSION=")) {
          feature = feature(value(line));
        } else if (line.startsWith("MODULES=")) {
          vector |= Arrays.asList(value(line).split(" ")).contains(VECTOR_MODULE);
        }
      }
    } catch (IOException unreadable) {
      return null;
    }
    return new Jdk(home, feature, vector);
  }

  /** {@code 1.8.0_402} → 8, {@code 25.0.1} → 25, {@code 26-ea} → 26; 0 for anything else. */
  static int feature(String version) {
    String numbers = version.startsWith("1.") ? version.substring(2) : version;
    int end = 0;
    while (end < numbers.length() && end < 6 && Character.isDigit(numbers.charAt(end))) {
      end++;
    }
    return end == 0 ? 0 : Integer.parseInt(numbers.substring(0, end));
  }

  private static String value(String line) {
    return line.substring(line.indexOf('=') + 1).replace("\"", "").trim();
  }

  private static Path executable(Path home) {
    for (String name : new String[] {"java", "java.exe"}) {
      Path file = home.resolve("bin").resolve(name);
      if (Files.isExecutable(file)) {
        return file;
      }
    }
    return null;
  }

  Path home() {
    return home;
  }

  /** The program to start. */
  Path java() {
    return executable(home);
  }

  int feature() {
    return feature;
  }

  /** Whether the Vector API is part of it. */
  boolean hasVectorApi() {
    return vector;
  }

  boolean isRecentEnough() {
    return feature >= REQUIRED;
  }
}
