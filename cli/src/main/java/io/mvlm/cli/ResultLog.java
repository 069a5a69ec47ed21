package io.mvlm.cli;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The JSON lines of a batch, each named by its image. Opening an existing file takes up the answers that are there; lines with an error,
 * and a last line without its end as a killed process leaves it, are dropped, for their images are tried again. Answers say how they came
 * about, and only those of the same settings go on in one file. One process at a time.
 */
final class ResultLog implements AutoCloseable {
  /** The key of the image's name. */
  static final String IMAGE = "image";
  /** The key of why there is no answer. */
  static final String ERROR = "error";
  /** The key of what an answer depends on beside the image. */
  static final String SETTINGS = "settings";

  private static final String LINE_START = "{\"" + IMAGE + "\":";
  private static final int SHOWN_CHARACTERS = 60;

  private final Path path;
  private final JsonObject settings;
  private final RandomAccessFile file;
  private final Set<String> images = new HashSet<>();
  private final ByteArrayOutputStream answers = new ByteArrayOutputStream();

  private ResultLog(Path path, JsonObject settings, RandomAccessFile file) {
    this.path = path;
    this.settings = settings;
    this.file = file;
  }

  /**
   * @param settings of the lines to come; what an old line says of its own must be the same
   * @throws CliException if it cannot be made, another process writes it, a line in it is not one of a batch or of other settings
   */
  static ResultLog open(Path path, JsonObject settings) {
    RandomAccessFile file;
    try {
      file = new RandomAccessFile(path.toFile(), "rw");
    } catch (IOException e) {
      throw new CliException(ExitCode.CANNOT_CREATE, path + ": cannot be written: " + OutputFiles.reason(e), e);
    }
    ResultLog log = new ResultLog(path, settings, file);
    try {
      log.lock();
      boolean failures = log.takeUp();
      return failures ? log.withoutFailures() : log;
    } catch (IOException e) {
      log.close();
      throw new CliException(ExitCode.IO, path + ": " + e.getMessage(), e);
    } catch (RuntimeException e) {
      log.close();
      throw e;
    }
  }

  private void lock() throws IOException {
    FileLock lock;
    try {
      lock = file.getChannel().tryLock();
    } catch (OverlappingFileLockException here) {
      lock = null;
    } catch (IOException noLocks) {
      return; // some network file systems have none
    }
    if (lock == null) {
      throw new CliException(ExitCode.TRY_LATER, path + ": another mvlm is writing it");
    }
  }

  /** @return whether there are lines with an error */
  private boolean takeUp() throws IOException {
    byte[] bytes = new byte[Math.toIntExact(Math.min(file.length(), Integer.MAX_VALUE))];
    file.readFully(bytes); // by the handle that holds the lock: on some systems no other may read
    int start = 0;
    int number = 1;
    boolean failures = false;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == '\n') {
        JsonObject line = line(new String(bytes, start, i - start, StandardCharsets.UTF_8), number);
        if (line.has(ERROR)) {
          failures = true;
        } else {
          requireSameSettings(line, number);
          images.add(line.get(IMAGE).getAsString());
          answers.write(bytes, start, i + 1 - start);
        }
        number++;
        start = i + 1;
      }
    }
    String rest = new String(bytes, start, Math.min(LINE_START.length(), bytes.length - start), StandardCharsets.UTF_8);
    if (!LINE_START.startsWith(rest)) {
      throw foreign(number); // somebody's text without a final newline is not ours to drop
    }
    file.setLength(start);
    file.seek(start);
    return failures;
  }

  private JsonObject line(String text, int number) {
    try {
      JsonElement element = JsonParser.parseString(text);
      if (element.isJsonObject() && element.getAsJsonObject().get(IMAGE) instanceof JsonElement name && name.isJsonPrimitive()) {
        return element.getAsJsonObject();
      }
    } catch (JsonParseException notJson) {
      // Said below.
    }
    throw foreign(number);
  }

  private CliException foreign(int number) {
    return new CliException(ExitCode.DATA, path + ": line " + number + " is no line of a batch,"
        + " expected a JSON object with \"" + IMAGE + "\"");
  }

  private void requireSameSettings(JsonObject line, int number) {
    if (!(line.get(SETTINGS) instanceof JsonObject found)) {
      return; // nothing known to differ
    }
    List<String> differences = new ArrayList<>();
    for (Map.Entry<String, JsonElement> setting : settings.entrySet()) {
      String now = setting.getValue().toString();
      String then = String.valueOf(found.get(setting.getKey()));
      if (!now.equals(then)) {
        differences.add(setting.getKey() + " " + shortened(then) + ", now " + shortened(now));
      }
    }
    if (!differences.isEmpty()) {
      throw new CliException(ExitCode.USAGE, path + ": line " + number + " was answered with other settings ("
          + String.join("; ", differences) + "): go on with the same ones, or name another --out");
    }
  }

  private static String shortened(String value) {
    return value.length() <= SHOWN_CHARACTERS ? value : value.substring(0, SHOWN_CHARACTERS) + "…";
  }

  /** The same file with its answers alone; whatever happens on the way, they are on the disk. */
  private ResultLog withoutFailures() throws IOException {
    Path target = path.toRealPath();
    Path part = target.resolveSibling("." + target.getFileName() + ".part");
    try (FileOutputStream out = new FileOutputStream(part.toFile())) {
      out.write(answers.toByteArray());
      out.getFD().sync();
    }
    // The lock on the old file goes when the new one has its own, so that no other process begins in between.
    try (ResultLog old = this) {
      try {
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
      } catch (FileSystemException whileItIsOpen) { // as on Windows
        old.file.close();
        Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
      }
      return open(path, settings);
    }
  }

  boolean contains(String image) {
    return images.contains(image);
  }

  /** Writes an answer, with the settings, or an error: a whole line at once. */
  void append(JsonObject line) {
    if (!line.has(ERROR)) {
      line.add(SETTINGS, settings);
    }
    try {
      file.write((Json.line(line) + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new CliException(ExitCode.IO, path + ": cannot be written: " + OutputFiles.reason(e), e);
    }
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
