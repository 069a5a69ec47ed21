package io.mvlm.model.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ImagePreprocessorTest {
  private static final int PADDING = 0x7a7468;

  @Property(tries = 60)
  void aConstantSquareStaysConstant(@ForAll @IntRange(min = 1, max = 120) int side, @ForAll @IntRange(min = 1, max = 60) int size,
      @ForAll @IntRange(min = 0, max = 0xffffff) int colour) {
    RgbImage square = ImagePreprocessor.clip(size).square(constant(side, side, colour));
    assertEquals(constant(size, size, colour), square);
  }

  @Property(tries = 60)
  void paddingIsVirtualOnly(@ForAll @IntRange(min = 1, max = 90) int width, @ForAll @IntRange(min = 1, max = 90) int height,
      @ForAll @IntRange(min = 1, max = 64) int size, @ForAll long seed) {
    RgbImage image = noise(width, height, seed);
    ImagePreprocessor preprocessor = ImagePreprocessor.clip(size);
    assertEquals(preprocessor.square(padded(image)), preprocessor.square(image));
  }

  @Property(tries = 20)
  void aSquareOfTheRightSizePassesUnchanged(@ForAll @IntRange(min = 1, max = 100) int size, @ForAll long seed) {
    RgbImage image = noise(size, size, seed);
    assertSame(image, ImagePreprocessor.clip(size).square(image));
  }

  @Test
  void paddedToTheSizeItIsNotResampled() {
    RgbImage image = noise(40, 13, 1);
    assertEquals(padded(image), ImagePreprocessor.clip(40).square(image));
  }

  @Test
  void extremeShapesTakeLittleMemory() {
    for (int[] shape : new int[][] {{1, 20_000}, {20_000, 1}, {1, 1_000_000}, {1_000_000, 1}, {1, 1}}) {
      RgbImage square = ImagePreprocessor.clip(336).square(constant(shape[0], shape[1], 0xffffff));
      assertEquals(336, square.width());
      assertEquals(shape[0] == 1 && shape[1] == 1 ? 0xffffff : PADDING, square.pixel(shape[0] > shape[1] ? 100 : 0, 0));
    }
  }

  @Test
  void planesAreNormalised() {
    float[] mean = {0.5f, 0.25f, 0};
    float[] std = {0.5f, 0.25f, 2};
    ImagePreprocessor preprocessor = new ImagePreprocessor(2, mean, std);
    RgbImage image = RgbImage.of(2, 2, new byte[] {(byte) 255, 0, 51, 0, (byte) 255, 0, 51, 51, (byte) 255, 102, 102, 102});
    float[] want = {1, -1, -0.6f, -0.2f, -1, 3, -0.2f, 0.6f, 0.1f, 0, 0.5f, 0.2f};
    assertArrayEquals(want, preprocessor.pixels(image), 1e-6f);
  }

  @Test
  void valuesAreCheckedAndCopied() {
    float[] mean = {0, 0, 0};
    float[] std = {1, 1, 1};
    ImagePreprocessor preprocessor = new ImagePreprocessor(4, mean, std);
    mean[0] = 1;
    preprocessor.mean()[1] = 1;
    assertEquals(new ImagePreprocessor(4, new float[3], std), preprocessor);
    assertThrows(IllegalArgumentException.class, () -> new ImagePreprocessor(0, mean, std));
    assertThrows(IllegalArgumentException.class, () -> new ImagePreprocessor(ImagePreprocessor.MAX_SIZE + 1, mean, std));
    assertThrows(IllegalArgumentException.class, () -> new ImagePreprocessor(4, new float[2], std));
    assertThrows(IllegalArgumentException.class, () -> new ImagePreprocessor(4, new float[] {Float.NaN, 0, 0}, std));
    assertThrows(IllegalArgumentException.class, () -> new ImagePreprocessor(4, mean, new float[3]));
  }

  private static RgbImage constant(int width, int height, int colour) {
    byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (colour >> 16 - 8 * (i % 3));
    }
    return RgbImage.of(width, height, rgb);
  }

  private static RgbImage noise(int width, int height, long seed) {
    byte[] rgb = new byte[3 * width * height];
    new Random(seed).nextBytes(rgb);
    return RgbImage.of(width, height, rgb);
  }

  /** The image on its centred square, built the plain way. */
  private static RgbImage padded(RgbImage image) {
    int side = Math.max(image.width(), image.height());
    byte[] rgb = constant(side, side, PADDING).rgb();
    for (int y = 0; y < image.height(); y++) {
      int to = 3 * ((y + (side - image.height()) / 2) * side + (side - image.width()) / 2);
      System.arraycopy(image.rgb(), 3 * y * image.width(), rgb, to, 3 * image.width());
    }
    return RgbImage.of(side, side, rgb);
  }
}
