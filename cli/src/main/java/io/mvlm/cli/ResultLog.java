package io.mvlm.cli;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * The JSON lines of a batch, each named by its image. Opening an existing file takes up what is there; a last line without its end, as
 * a killed process leaves it, is dropped. One process at a time.
 */
final class ResultLog implements AutoCloseable {
  /** The key of the image's name. */
  static final String IMAGE = "image";
  private static final String LINE_START = "{\"" + IMAGE + "\":";

  private final Path path;
  private final RandomAccessFile file;
  private final Set<String> images = new HashSet<>();

  private ResultLog(Path path, RandomAccessFile file) {
    this.path = path;
    this.file = file;
  }

  /** @throws CliException if it cannot be made, another process writes it, or a line in it is not one of a batch */
  static ResultLog open(Path path) {
    RandomAccessFile file;
    try {
      file = new RandomAccessFile(path.toFile(), "rw");
    } catch (IOException e) {
      throw new CliException(ExitCode.CANNOT_CREATE, path + ": cannot be written: " + e.getMessage(), e);
    }
    ResultLog log = new ResultLog(path, file);
    try {
      log.lock();
      log.takeUp();
      return log;
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

  private void takeUp() throws IOException {
    byte[] bytes = new byte[Math.toIntExact(Math.min(file.length(), Integer.MAX_VALUE))];
    file.readFully(bytes); // by the handle that holds the lock: on some systems no other may read
    int start = 0;
    int number = 1;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == '\n') {
        images.add(imageOf(new String(bytes, start, i - start, StandardCharsets.UTF_8), number++));
        start = i + 1;
      }
    }
    String rest = new String(bytes, start, Math.min(LINE_START.length(), bytes.length - start), StandardCharsets.UTF_8);
    if (!LINE_START.startsWith(rest)) {
      throw foreign(number); // somebody's text without a final newline is not ours to drop
    }
    file.setLength(start);
    file.seek(start);
  }

  private String imageOf(String line, int number) {
    try {
      JsonElement element = JsonParser.parseString(line);
      if (element.isJsonObject() && element.getAsJsonObject().get(IMAGE) instanceof JsonElement name && name.isJsonPrimitive()) {
        return name.getAsString();
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

  boolean contains(String image) {
    return images.contains(image);
  }

  /** Writes a whole line at once. */
  void append(JsonObject line) {
    try {
      file.write((Json.line(line) + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new CliException(ExitCode.IO, path + ": cannot be written: " + e.getMessage(), e);
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
