package io.mvlm.model.image;

/**
 * The EXIF orientation: tag 0x0112 of the first directory of a TIFF structure, 1 to 8, says how the stored rows are to be turned. Anything
 * malformed counts as 1, upright, as in every viewer.
 */
final class Orientation {
  static final int UPRIGHT = 1;
  private static final int TAG = 0x0112;

  private Orientation() {
  }

  /** Finds the orientation in a TIFF structure at {@code file[start, end)}, which an optional {@code Exif\0\0} may precede. */
  static int find(byte[] file, int start, int end) {
    int tiff = hasExifHeader(file, start, end) ? start + 6 : start;
    if (end - tiff < 8) {
      return UPRIGHT;
    }
    boolean little = file[tiff] == 'I' && file[tiff + 1] == 'I';
    if (!little && !(file[tiff] == 'M' && file[tiff + 1] == 'M') || u16(file, tiff + 2, little) != 42) {
      return UPRIGHT;
    }
    long directory = tiff + u32(file, tiff + 4, little);
    if (directory + 2 > end) {
      return UPRIGHT;
    }
    int count = u16(file, (int) directory, little);
    for (int i = 0; i < count; i++) {
      long entry = directory + 2 + 12L * i;
      if (entry + 12 > end) {
        return UPRIGHT;
      }
      int at = (int) entry;
      if (u16(file, at, little) == TAG) {
        long value = switch (u16(file, at + 2, little)) {
          case 1 -> file[at + 8] & 0xff;
          case 3 -> u16(file, at + 8, little);
          case 4 -> u32(file, at + 8, little);
          default -> UPRIGHT;
        };
        return value >= 1 && value <= 8 ? (int) value : UPRIGHT;
      }
    }
    return UPRIGHT;
  }

  static boolean hasExifHeader(byte[] file, int start, int end) {
    return end - start >= 6 && file[start] == 'E' && file[start + 1] == 'x' && file[start + 2] == 'i' && file[start + 3] == 'f'
        && file[start + 4] == 0 && file[start + 5] == 0;
  }

  /** Turns and mirrors the stored rows so that the picture stands upright. */
  static RgbImage apply(RgbImage image, int orientation) {
    if (orientation == UPRIGHT) {
      return image;
    }
    int w = image.width();
    int h = image.height();
    int last = w * h - 1;
    // Pixel (x, y) of the result is pixel first + x·right + y·down of the source.
    return switch (orientation) {
      case 2 -> copy(image, w, h, w - 1, -1, w);
      case 3 -> copy(image, w, h, last, -1, -w);
      case 4 -> copy(image, w, h, w * (h - 1), 1, -w);
      case 5 -> copy(image, h, w, 0, w, 1);
      case 6 -> copy(image, h, w, w * (h - 1), -w, 1);
      case 7 -> copy(image, h, w, last, -w, -1);
      case 8 -> copy(image, h, w, w - 1, w, -1);
      default -> throw new IllegalArgumentException("orientation " + orientation + ", expected 1 to 8");
    };
  }

  private static RgbImage copy(RgbImage image, int width, int height, int first, int right, int down) {
    byte[] from = image.data();
    byte[] to = new byte[from.length];
    int at = 0;
    for (int y = 0; y < height; y++) {
      int source = 3 * (first + y * down);
      for (int x = 0; x < width; x++) {
        to[at] = from[source];
        to[at + 1] = from[source + 1];
        to[at + 2] = from[source + 2];
        at += 3;
        source += 3 * right;
      }
    }
    return RgbImage.wrap(width, height, to);
  }

  private static int u16(byte[] b, int at, boolean little) {
    int first = b[at] & 0xff;
    int second = b[at + 1] & 0xff;
    return little ? second << 8 | first : first << 8 | second;
  }

  private static long u32(byte[] b, int at, boolean little) {
    long first = u16(b, at, little);
    long second = u16(b, at + 2, little);
    return little ? second << 16 | first : first << 16 | second;
  }
}
