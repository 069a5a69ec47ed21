package io.mvlm.model.image;

import io.mvlm.core.UnsupportedFeatureException;

/** The part of a BMP header that must be known before a reader may see the file. */
final class BmpHeader {
  private static final int FILE_HEADER = 14;
  private static final int INFO_HEADER = 40;
  private static final int JPEG_INSIDE = 4;
  private static final int PNG_INSIDE = 5;

  private BmpHeader() {
  }

  static EncodedImage image(byte[] file) {
    if (file.length < FILE_HEADER + 12 || u32(file, 10) > file.length) {
      throw EncodedImage.truncated(ImageFormat.BMP);
    }
    if (u32(file, FILE_HEADER) >= INFO_HEADER && file.length >= FILE_HEADER + INFO_HEADER) {
      // The JDK's reader would start another reader, for a picture of a size that nobody has checked.
      long compression = u32(file, FILE_HEADER + 16);
      if (compression == JPEG_INSIDE || compression == PNG_INSIDE) {
        throw new UnsupportedFeatureException("a BMP that wraps a JPEG or PNG, expected that image itself");
      }
    }
    return EncodedImage.whole(ImageFormat.BMP, file, null);
  }

  private static long u32(byte[] file, int at) {
    return file[at] & 0xff | (file[at + 1] & 0xff) << 8 | (file[at + 2] & 0xff) << 16 | (file[at + 3] & 0xffL) << 24;
  }
}
