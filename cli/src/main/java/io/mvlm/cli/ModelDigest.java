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

  private ModelDigest() {}

  /** Sixteen hexadecimal digits. A small file is read whole. */
  static String of(Path path) {
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      long size = file.length();
      digest.update(ByteBuffer.allocate(Long.BYTES).putLong(0, size));
      byte[] sample = new byte[SAMPLE_BYTES];
      long step = Math.max(SAMPLE_BYTES, (size - SAMPLE_BYTES) / (SAMPLES - 1));
      for (long at = 0; at < size; at += step) {
        file.seek(at);
        digest.update(sample, 0, Math.max(0, file.read(sample)));
      }
      return HexFormat.of().formatHex(digest.digest(), 0, SHOWN_BYTES);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JVM has it
    }
  }
}
