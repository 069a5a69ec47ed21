package io.mvlm.model.demo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import org.junit.jupiter.api.Test;

class DemoPicturesTest {
  private static int[] pixels(DemoPicture picture) {
    BufferedImage image = picture.image();
    return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
  }

  @Test
  void aSeedGivesTheSamePicturesAndQuestions() {
    DemoPictures first = new DemoPictures(3);
    DemoPictures second = new DemoPictures(3);
    DemoPictures other = new DemoPictures(4);
    for (int i = 0; i < 10; i++) {
      DemoPicture picture = first.next();
      DemoPicture same = second.next();
      assertArrayEquals(pixels(picture), pixels(same));
      assertEquals(picture.questions(), same.questions());
      assertNotEquals(picture.questions(), other.next().questions());
      assertEquals(picture.image().getWidth(), picture.image().getHeight());
      assertTrue(picture.image().getWidth() >= 96 && picture.image().getWidth() <= 1024);
    }
  }
}
