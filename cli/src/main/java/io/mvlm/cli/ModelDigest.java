package io.mvlm.cli;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Tells model files apart without reading gigabytes: a digest of the size and of samples from all over the file. */
final class ModelDigest {
  private static final int SAMPLES = 64;
  private static final int SAMPLE_BYTES = 4096;
  private static final int SHOWN_BYTES = 8;

  private interface Samples {
    /** @return the bytes read into {@code sample}, fewer than its length at the end of the file */
    int read(long position, byte[] sample) throws IOException;
  }

  private ModelDigest() {}

  /** Sixteen hexadecimal digits. A small file is read whole. */
  static String of(Path path) {
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
      return of(file.length(), (position, sample) -> {
        file.seek(position);
        return file.read(sample);
      });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The same of a file in memory. */
  static String of(byte[] bytes) {
    try {
      return of(bytes.length, (position, sample) -> {
        int length = (int) Math.min(sample.length, bytes.length - position);
        System.arraycopy(bytes, (int) position, sample, 0, length);
        return length;
      });
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory has none
    }
  }

  private static String of(long size, Samples samples) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(ByteBuffer.allocate(Long.BYTES).putLong(0, size));
      byte[] sample = new byte[SAMPLE_BYTES];
      long step = Math.max(SAMPLE_BYTES, (size - SAMPLE_BYTES) / (SAMPLES - 1));
      for (long at = 0; at < size; at += step) {
        digest.update(sample, 0, Math.max(0, samples.read(at, sample)));
      }
      return HexFormat.of().formatHex(digest.digest(), 0, SHOWN_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JVM has it
    }
  }
}
