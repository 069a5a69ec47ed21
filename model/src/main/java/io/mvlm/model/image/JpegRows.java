package io.mvlm.model.image;

import io.mvlm.core.UnsupportedFeatureException;

/**
 * Gives the rows of one JPEG component at the full size of the picture. Components of half the width or height are interpolated with
 * weights 3/4 and 1/4 between neighbouring samples, rounded alternately up and down, as libjpeg does; other ratios are repeated.
 */
final class JpegRows {
  private final JpegComponent c;
  private final int across;
  private final int down;
  private final boolean smooth;
  private final byte[] row;
  private final int[] sums;

  /**
   * @param fullWidth the picture's width
   * @param mostH the largest horizontal sampling factor of the frame
   * @param mostV the largest vertical one
   */
  JpegRows(JpegComponent c, int fullWidth, int mostH, int mostV) {
    if (mostH % c.h != 0 || mostV % c.v != 0) {
      throw new UnsupportedFeatureException("a JPEG with chroma sampled at " + c.h + "/" + mostH + " by " + c.v + "/" + mostV
          + " of the full size");
    }
    this.c = c;
    across = mostH / c.h;
    down = mostV / c.v;
    smooth = across == 2 && down <= 2 && c.width > 2 || across == 1 && down == 2;
    row = new byte[Math.max(fullWidth, c.width * across) + across];
    sums = new int[c.width];
  }

  /** The array that holds row {@code y} after {@link #load}, starting at {@link #start}. */
  byte[] array() {
    return across == 1 && down == 1 ? c.samples : row;
  }

  int start(int y) {
    return across == 1 && down == 1 ? y * c.stride() : 0;
  }

  void load(int y) {
    if (across == 1 && down == 1) {
      return;
    }
    int near = y / down * c.stride();
    if (!smooth) {
      repeat(near);
      return;
    }
    if (down == 1) {
      widen(near);
      return;
    }
    int other = (y & 1) == 0 ? Math.max(0, y / 2 - 1) : Math.min(c.height - 1, y / 2 + 1);
    other *= c.stride();
    byte[] samples = c.samples;
    if (across == 1) {
      int round = (y & 1) == 0 ? 1 : 2;
      for (int x = 0; x < c.width; x++) {
        row[x] = (byte) (3 * (samples[near + x] & 0xff) + (samples[other + x] & 0xff) + round >> 2);
      }
      return;
    }
    for (int x = 0; x < c.width; x++) {
      sums[x] = 3 * (samples[near + x] & 0xff) + (samples[other + x] & 0xff);
    }
    int last = c.width - 1;
    row[0] = (byte) (4 * sums[0] + 8 >> 4);
    row[1] = (byte) (3 * sums[0] + sums[1] + 7 >> 4);
    for (int x = 1; x < last; x++) {
      row[2 * x] = (byte) (3 * sums[x] + sums[x - 1] + 8 >> 4);
      row[2 * x + 1] = (byte) (3 * sums[x] + sums[x + 1] + 7 >> 4);
    }
    row[2 * last] = (byte) (3 * sums[last] + sums[last - 1] + 8 >> 4);
    row[2 * last + 1] = (byte) (4 * sums[last] + 7 >> 4);
  }

  private void widen(int near) {
    byte[] s = c.samples;
    int last = c.width - 1;
    row[0] = s[near];
    row[1] = (byte) (3 * (s[near] & 0xff) + (s[near + 1] & 0xff) + 2 >> 2);
    for (int x = 1; x < last; x++) {
      int middle = 3 * (s[near + x] & 0xff);
      row[2 * x] = (byte) (middle + (s[near + x - 1] & 0xff) + 1 >> 2);
      row[2 * x + 1] = (byte) (middle + (s[near + x + 1] & 0xff) + 2 >> 2);
    }
    row[2 * last] = (byte) (3 * (s[near + last] & 0xff) + (s[near + last - 1] & 0xff) + 1 >> 2);
    row[2 * last + 1] = s[near + last];
  }

  private void repeat(int near) {
    int to = 0;
    for (int x = 0; x < c.width; x++) {
      for (int i = 0; i < across; i++) {
        row[to++] = c.samples[near + x];
      }
    }
  }
}
