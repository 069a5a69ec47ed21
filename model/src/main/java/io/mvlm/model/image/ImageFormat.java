package io.mvlm.model.image;

/** The kinds of image file, told apart by their first bytes; a file's name plays no part. */
enum ImageFormat {
  JPEG, PNG, GIF, BMP, WEBP, TIFF, HEIF, UNKNOWN;

  static ImageFormat of(byte[] file) {
    if (starts(file, 0, 0xff, 0xd8)) {
      return JPEG;
    }
    if (starts(file, 0, 0x89, 'P', 'N', 'G', 0x0d, 0x0a, 0x1a, 0x0a)) {
      return PNG;
    }
    if (starts(file, 0, 'G', 'I', 'F', '8', '7', 'a') || starts(file, 0, 'G', 'I', 'F', '8', '9', 'a')) {
      return GIF;
    }
    if (starts(file, 0, 'B', 'M')) {
      return BMP;
    }
    if (starts(file, 0, 'R', 'I', 'F', 'F') && starts(file, 8, 'W', 'E', 'B', 'P')) {
      return WEBP;
    }
    if (starts(file, 0, 'I', 'I', 42, 0) || starts(file, 0, 'M', 'M', 0, 42)) {
      return TIFF;
    }
    if (starts(file, 4, 'f', 't', 'y', 'p')) {
      return HEIF;
    }
    return UNKNOWN;
  }

  private static boolean starts(byte[] file, int at, int... magic) {
    if (file.length < at + magic.length) {
      return false;
    }
    for (int i = 0; i < magic.length; i++) {
      if ((file[at + i] & 0xff) != magic[i]) {
        return false;
      }
    }
    return true;
  }

  /** The name as people write it. */
  @Override
  public String toString() {
    return this == WEBP ? "WebP" : name();
  }
}
