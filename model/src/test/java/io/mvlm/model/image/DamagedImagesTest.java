package io.mvlm.model.image;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.MvlmException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Truncated and mutated files give an image or one of our errors, in bounded time. */
class DamagedImagesTest {
  private static final int MUTANTS = 300;

  @ParameterizedTest
  @ValueSource(strings = {"sampled420.jpg", "sampled422.jpg", "progressive420.jpg", "progressive444.jpg", "ycck.jpg", "sampled420.png",
      "picture.gif", "picture.bmp", "indexed.bmp"})
  void mutantsGiveAnImageOrAnError(String name) throws IOException {
    byte[] file = file(name);
    Random random = new Random(name.hashCode());
    for (int i = 0; i < MUTANTS; i++) {
      byte[] mutant = file.clone();
      int changes = 1 + random.nextInt(i % 3 == 0 ? 20 : 3);
      // Every second mutant is hurt near its beginning, where the headers are.
      int reach = i % 2 == 0 ? Math.min(mutant.length, 700) : mutant.length;
      for (int c = 0; c < changes; c++) {
        int at = random.nextInt(2, reach);
        mutant[at] = random.nextInt(4) == 0 ? (byte) 0xff : (byte) random.nextInt();
      }
      if (random.nextInt(4) == 0) {
        mutant = Arrays.copyOf(mutant, random.nextInt(2, mutant.length + 1));
      }
      byte[] input = mutant;
      assertTimeoutPreemptively(Duration.ofSeconds(20), () -> readOrRefuse(input), name + " mutant " + i);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sampled420.jpg", "sampled422.jpg", "progressive420.jpg", "cmyk.jpg", "sampled420.png", "picture.gif",
      "picture.bmp"})
  void truncatedFilesAreRefused(String name) throws IOException {
    byte[] file = file(name);
    for (int i = 0; i < 150; i++) {
      // Up to the last bytes, which are no picture data in some formats.
      byte[] part = Arrays.copyOf(file, (int) ((long) (file.length - 30) * i / 150));
      assertThrows(MvlmException.class, () -> Images.read(part), name + " cut to " + part.length);
    }
  }

  private static void readOrRefuse(byte[] file) {
    try {
      assertTrue(Images.read(file).width() > 0);
    } catch (MvlmException e) {
      assertTrue(e.getMessage().startsWith("image: "), e.getMessage());
      assertFalse(e.getMessage().contains("\n"), e.getMessage());
    }
  }

  private static byte[] file(String name) throws IOException {
    return switch (name) {
      case "picture.gif" -> TestFiles.write(TestFiles.picture(60, 45, BufferedImage.TYPE_BYTE_INDEXED), "gif");
      case "picture.bmp" -> TestFiles.write(TestFiles.picture(60, 45, BufferedImage.TYPE_3BYTE_BGR), "bmp");
      case "indexed.bmp" -> TestFiles.write(TestFiles.picture(60, 45, BufferedImage.TYPE_BYTE_INDEXED), "bmp");
      default -> TestFiles.resource("/images/" + name);
    };
  }
}
