package io.mvlm.gguf;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Puts a file together byte by byte, right or wrong. */
final class RawGguf {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  static RawGguf header(int version, long tensors, long keys) {
    return new RawGguf().u32(GgufFile.MAGIC).u32(version).u64(tensors).u64(keys);
  }

  private RawGguf number(long value, int bytes) {
    for (int i = 0; i < bytes; i++) {
      out.write((int) (value >>> 8 * i));
    }
    return this;
  }

  RawGguf u8(int value) {
    return number(value, 1);
  }

  RawGguf u32(long value) {
    return number(value, 4);
  }

  RawGguf u64(long value) {
    return number(value, 8);
  }

  RawGguf text(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    u64(utf8.length);
    out.writeBytes(utf8);
    return this;
  }

  RawGguf key(String key, GgufType type) {
    return text(key).u32(type.id());
  }

  RawGguf tensor(String name, int type, long offset, long... ne) {
    text(name).u32(ne.length);
    for (long n : ne) {
      u64(n);
    }
    return u32(type).u64(offset);
  }

  /** Zeros up to a multiple of 32. */
  RawGguf pad() {
    while (out.size() % 32 != 0) {
      out.write(0);
    }
    return this;
  }

  RawGguf zeros(int count) {
    out.writeBytes(new byte[count]);
    return this;
  }

  byte[] toArray() {
    return out.toByteArray();
  }

  Path write(Path path) {
    try {
      return Files.write(path, toArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
