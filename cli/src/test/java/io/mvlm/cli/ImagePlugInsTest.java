package io.mvlm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.InvalidDataException;
import io.mvlm.model.image.Images;
import io.mvlm.model.image.RgbImage;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The image plug-ins that the program brings, against what Pillow makes of the same files. */
class ImagePlugInsTest {
  @ParameterizedTest
  @CsvSource({"cmyk.jpg,cmyk.png,1", "ycck.jpg,ycck.png,1", "alphaless.webp,alphaless.png,0", "anim.webp,anim.png,0"})
  void valuesAreThoseOfTheReference(String name, String reference, int most) throws IOException {
    RgbImage got = read(name);
    RgbImage want = read(reference);
    assertEquals(want.width(), got.width());
    assertEquals(want.height(), got.height());
    for (int y = 0; y < want.height(); y++) {
      for (int x = 0; x < want.width(); x++) {
        for (int shift = 0; shift <= 16; shift += 8) {
          int difference = (got.pixel(x, y) >> shift & 0xff) - (want.pixel(x, y) >> shift & 0xff);
          assertTrue(Math.abs(difference) <= most, name + " differs by " + difference + " at " + x + ", " + y);
        }
      }
    }
  }

  @Test
  void webpIsTurnedUpright() throws IOException {
    RgbImage stored = read("rgb.png");
    RgbImage upright = read("exif.webp");
    assertEquals(stored.height(), upright.width());
    assertEquals(stored.width(), upright.height());
    assertEquals(stored.pixel(0, stored.height() - 1), upright.pixel(0, 0));
    assertEquals(stored.pixel(0, 0), upright.pixel(upright.width() - 1, 0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cmyk.jpg", "lossy.webp", "alphaless.webp"})
  void truncatedFilesAreRefused(String name) throws IOException {
    byte[] file = file(name);
    for (int length = 12; length < file.length - 4; length += file.length / 20) {
      byte[] part = Arrays.copyOf(file, length);
      assertThrows(InvalidDataException.class, () -> Images.read(part), name + " cut to " + length);
    }
  }

  private static RgbImage read(String name) throws IOException {
    return Images.read(file(name));
  }

  private static byte[] file(String name) throws IOException {
    try (InputStream in = ImagePlugInsTest.class.getResourceAsStream("/images/" + name)) {
      if (in == null) {
        throw new IOException("no test resource " + name);
      }
      return in.readAllBytes();
    }
  }
}
