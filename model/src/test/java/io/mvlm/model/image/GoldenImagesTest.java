package io.mvlm.model.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Decoding and preprocessing against what Pillow (libjpeg-turbo) makes of the same files. */
class GoldenImagesTest {
  @ParameterizedTest
  @ValueSource(strings = {"alpha.png", "exact336.png", "gray.png", "palette_banner.png", "tiny7x5.png"})
  void pngBecomesExactlyTheTrainingSquare(String name) throws IOException {
    byte[] got = square(name).rgb();
    byte[] want = expected(name).rgb();
    for (int i = 0; i < want.length; i++) {
      assertTrue(Math.abs((got[i] & 0xff) - (want[i] & 0xff)) <= 1, name + " differs at byte " + i);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"landscape.jpg", "exif_orientation6.jpg"})
  void jpegBecomesTheTrainingSquare(String name) throws IOException {
    byte[] got = square(name).rgb();
    byte[] want = expected(name).rgb();
    assertEquals(want.length, got.length);
    long sum = 0;
    int worst = 0;
    for (int i = 0; i < want.length; i++) {
      int difference = Math.abs((got[i] & 0xff) - (want[i] & 0xff));
      sum += difference;
      worst = Math.max(worst, difference);
    }
    assertTrue(sum <= want.length && worst <= 8, name + ": mean " + (double) sum / want.length + ", worst " + worst);
  }

  @ParameterizedTest
  @ValueSource(strings = {"sampled420", "sampled422", "sampled444", "sampled411", "progressive420", "progressive444", "gray", "rgb"})
  void jpegEqualsLibjpeg(String name) throws IOException {
    RgbImage got = Images.read(TestFiles.resource("/images/" + name + ".jpg"));
    RgbImage want = Images.read(TestFiles.resource("/images/" + name + ".png"));
    assertEquals(want.width(), got.width());
    assertArrayEquals(want.rgb(), got.rgb());
  }

  private static RgbImage square(String name) throws IOException {
    return ImagePreprocessor.clip(336).square(Images.read(TestFiles.resource("/golden/images/" + name)));
  }

  private static RgbImage expected(String name) throws IOException {
    String stem = name.substring(0, name.lastIndexOf('.'));
    return Images.read(TestFiles.resource("/golden/images/" + stem + "_336.png"));
  }
}
