package io.mvlm.model.image;

/** How a JPEG's components become red, green and blue; integer arithmetic with 16 fraction bits, rounded as libjpeg rounds. */
enum JpegColour {
  GRAY, YCBCR, RGB, CMYK, YCCK;

  private static final int HALF = 1 << 15;
  private static final int RED_OF_CR = 91881;
  private static final int BLUE_OF_CB = 116130;
  private static final int GREEN_OF_CR = 46802;
  private static final int GREEN_OF_CB = 22554;

  /** Converts one row of {@code width} pixels; component i's samples start at {@code rows[i][starts[i]]}. */
  void convert(byte[][] rows, int[] starts, int width, byte[] rgb, int to) {
    switch (this) {
      case GRAY -> gray(rows[0], starts[0], width, rgb, to);
      case RGB -> interleave(rows, starts, width, rgb, to);
      case YCBCR -> yCbCr(rows, starts, width, rgb, to);
      case CMYK -> cmyk(rows, starts, width, rgb, to);
      case YCCK -> ycck(rows, starts, width, rgb, to);
    }
  }

  private static void gray(byte[] row, int start, int width, byte[] rgb, int to) {
    for (int x = 0; x < width; x++, to += 3) {
      byte value = row[start + x];
      rgb[to] = value;
      rgb[to + 1] = value;
      rgb[to + 2] = value;
    }
  }

  private static void interleave(byte[][] rows, int[] starts, int width, byte[] rgb, int to) {
    for (int x = 0; x < width; x++, to += 3) {
      rgb[to] = rows[0][starts[0] + x];
      rgb[to + 1] = rows[1][starts[1] + x];
      rgb[to + 2] = rows[2][starts[2] + x];
    }
  }

  private static void yCbCr(byte[][] rows, int[] starts, int width, byte[] rgb, int to) {
    byte[] ys = rows[0];
    byte[] cbs = rows[1];
    byte[] crs = rows[2];
    int y0 = starts[0];
    int cb0 = starts[1];
    int cr0 = starts[2];
    for (int x = 0; x < width; x++, to += 3) {
      int y = ys[y0 + x] & 0xff;
      int cb = (cbs[cb0 + x] & 0xff) - 128;
      int cr = (crs[cr0 + x] & 0xff) - 128;
      int r = y + (RED_OF_CR * cr + HALF >> 16);
      int g = y + (HALF - GREEN_OF_CB * cb - GREEN_OF_CR * cr >> 16);
      int b = y + (BLUE_OF_CB * cb + HALF >> 16);
      // Whatever lies outside 0…255 has bits above the low eight set; its sign says which end it is.
      rgb[to] = (byte) ((r & ~255) == 0 ? r : ~r >> 31);
      rgb[to + 1] = (byte) ((g & ~255) == 0 ? g : ~g >> 31);
      rgb[to + 2] = (byte) ((b & ~255) == 0 ? b : ~b >> 31);
    }
  }

  /** Inks are stored inverted (255 = none), as every writer of such files does. */
  private static void cmyk(byte[][] rows, int[] starts, int width, byte[] rgb, int to) {
    for (int x = 0; x < width; x++, to += 3) {
      int black = rows[3][starts[3] + x] & 0xff;
      for (int i = 0; i < 3; i++) {
        rgb[to + i] = paper(rows[i][starts[i] + x] & 0xff, black);
      }
    }
  }

  private static void ycck(byte[][] rows, int[] starts, int width, byte[] rgb, int to) {
    yCbCr(rows, starts, width, rgb, to);
    for (int x = 0; x < width; x++, to += 3) {
      int black = rows[3][starts[3] + x] & 0xff;
      for (int i = 0; i < 3; i++) {
        rgb[to + i] = paper(255 - (rgb[to + i] & 0xff), black);
      }
    }
  }

  /** The light that is left of {@code black} (255 = white paper) under an ink of strength {@code 255 − ink}. */
  private static byte paper(int ink, int black) {
    int product = (255 - ink) * black + 128;
    return (byte) (black - ((product >> 8) + product >> 8));
  }
}
