package io.mvlm.model.image;

import java.util.Arrays;
import java.util.Objects;

/**
 * An image of {@code width × height} pixels, three 8-bit channels each, in the order red, green, blue, rows from top to bottom without
 * padding. The values are those that the file stores: no gamma, no colour profile, no blending. Immutable and thread-safe.
 */
public final class RgbImage {
  private final int width;
  private final int height;
  private final byte[] rgb;

  private RgbImage(int width, int height, byte[] rgb) {
    this.width = width;
    this.height = height;
    this.rgb = rgb;
  }

  /**
   * Makes an image of a copy of {@code rgb}.
   *
   * @param width pixels per row, at least 1
   * @param height rows, at least 1
   * @param rgb {@code height × width × 3} bytes, interleaved
   * @throws IllegalArgumentException when a side is not positive or the array's length does not match
   */
  public static RgbImage of(int width, int height, byte[] rgb) {
    Objects.requireNonNull(rgb, "rgb");
    if (width < 1 || height < 1 || rgb.length != 3L * width * height) {
      throw new IllegalArgumentException("an image of " + width + "x" + height + " pixels with " + rgb.length + " bytes, expected "
          + 3L * width * height);
    }
    return new RgbImage(width, height, rgb.clone());
  }

  /** Takes the array over without a copy; nobody may write to it afterwards. */
  static RgbImage wrap(int width, int height, byte[] rgb) {
    return new RgbImage(width, height, rgb);
  }

  /** Pixels per row, at least 1. */
  public int width() {
    return width;
  }

  /** Rows, at least 1. */
  public int height() {
    return height;
  }

  /** A copy of the pixels: {@code height × width × 3} bytes, interleaved. */
  public byte[] rgb() {
    return rgb.clone();
  }

  /**
   * One pixel as {@code 0xRRGGBB}.
   *
   * @throws IndexOutOfBoundsException when the pixel lies outside
   */
  public int pixel(int x, int y) {
    Objects.checkIndex(x, width);
    Objects.checkIndex(y, height);
    int p = 3 * (y * width + x);
    return (rgb[p] & 0xff) << 16 | (rgb[p + 1] & 0xff) << 8 | rgb[p + 2] & 0xff;
  }

  /** The pixels themselves, for readers in this package. */
  byte[] data() {
    return rgb;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RgbImage that && width == that.width && height == that.height && Arrays.equals(rgb, that.rgb);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * width + height) + Arrays.hashCode(rgb);
  }

  @Override
  public String toString() {
    return "RgbImage[" + width + "x" + height + "]";
  }
}
