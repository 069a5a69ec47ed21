package io.mvlm.kernels.opencl;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256: tells files apart, and whole ones from damaged ones. */
final class Digest {
  static final int BYTES = 32;

  private Digest() {}

  static byte[] of(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }

  /** For a file's name. */
  static String name(String... parts) {
    return HexFormat.of().formatHex(of(String.join("\0", parts).getBytes(StandardCharsets.UTF_8)));
  }
}
