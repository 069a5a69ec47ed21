package io.mvlm.model.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.mvlm.core.InvalidDataException;
import io.mvlm.core.MvlmException;
import io.mvlm.core.UnsupportedFeatureException;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImagesTest {
  private static final int GRAY = 0;
  private static final int RGB = 2;
  private static final int PALETTE = 3;
  private static final int GRAY_ALPHA = 4;
  private static final int RGBA = 6;

  @Test
  void pngKeepsStoredValuesAndDropsAlpha() throws IOException {
    assertPixels(TestFiles.png(2, 1, 8, RGBA, bytes(0, 10, 20, 30, 0, 200, 100, 50, 128)), 0x0a141e, 0xc86432);
    assertPixels(TestFiles.png(2, 1, 8, GRAY_ALPHA, bytes(0, 77, 0, 200, 255)), 0x4d4d4d, 0xc8c8c8);
    assertPixels(TestFiles.png(1, 1, 16, RGB, bytes(0, 1, 255, 2, 255, 3, 255)), 0x010203);
    assertPixels(TestFiles.png(1, 1, 16, RGBA, bytes(0, 1, 255, 2, 255, 3, 255, 0, 0)), 0x010203);
    assertPixels(TestFiles.png(2, 1, 16, GRAY, bytes(0, 127, 255, 128, 0)), 0x7f7f7f, 0x808080);
    assertPixels(TestFiles.png(1, 1, 16, GRAY_ALPHA, bytes(0, 9, 255, 0, 0)), 0x090909);
  }

  @Test
  void pngScalesFewBitsOfGrayAndIgnoresTransparentColours() throws IOException {
    assertPixels(TestFiles.png(4, 1, 1, GRAY, bytes(0, 0b0101_0000)), 0, 0xffffff, 0, 0xffffff);
    assertPixels(TestFiles.png(4, 1, 2, GRAY, bytes(0, 0b00_01_10_11)), 0, 0x555555, 0xaaaaaa, 0xffffff);
    assertPixels(TestFiles.png(2, 1, 4, GRAY, bytes(0, 0x2f)), 0x222222, 0xffffff);
    byte[] transparentGray = TestFiles.chunk("tRNS", bytes(0, 5));
    assertPixels(TestFiles.png(1, 1, 8, GRAY, bytes(0, 5), transparentGray), 0x050505);
  }

  @Test
  void pngLooksColoursUp() throws IOException {
    byte[] palette = TestFiles.chunk("PLTE", bytes(255, 0, 0, 0, 255, 0, 1, 2, 3));
    byte[] transparent = TestFiles.chunk("tRNS", bytes(0, 128, 255));
    assertPixels(TestFiles.png(4, 1, 2, PALETTE, bytes(0, 0b00_01_10_11), palette, transparent), 0xff0000, 0x00ff00, 0x010203, 0);
    assertPixels(TestFiles.png(2, 1, 8, PALETTE, bytes(0, 2, 200), palette), 0x010203, 0);
    assertThrows(InvalidDataException.class, () -> Images.read(TestFiles.png(1, 1, 8, PALETTE, bytes(0, 0))));
  }

  @Test
  void pngUndoesItsFilters() throws IOException {
    byte[] rows = bytes(1, 10, 10, 10, 2, 1, 2, 3, 3, 10, 10, 10, 4, 1, 1, 1, 0, 7, 8, 9);
    assertPixels(TestFiles.png(3, 5, 8, GRAY, rows), 0x0a0a0a, 0x141414, 0x1e1e1e, 0x0b0b0b, 0x161616, 0x212121,
        0x0f0f0f, 0x1c1c1c, 0x282828, 0x101010, 0x1d1d1d, 0x292929, 0x070707, 0x080808, 0x090909);
  }

  @Test
  void gifShowsItsFirstFrameOnTheCanvas() throws IOException {
    BufferedImage picture = TestFiles.picture(40, 30, BufferedImage.TYPE_BYTE_INDEXED);
    assertEquals(Images.of(picture), Images.read(TestFiles.write(picture, "gif")));
    byte[] offset = bytes('G', 'I', 'F', '8', '9', 'a', 3, 0, 2, 0, 0x80, 0, 0, 9, 9, 9, 200, 100, 50,
        0x21, 0xf9, 4, 1, 0, 0, 0, 0, 0x2c, 1, 0, 1, 0, 1, 0, 1, 0, 0, 2, 2, 0b01_001_100, 0b1, 0, 0x3b);
    assertPixels(offset, 0x090909, 0x090909, 0x090909, 0x090909, 0xc86432, 0x090909);
  }

  @ParameterizedTest
  @ValueSource(ints = {BufferedImage.TYPE_3BYTE_BGR, BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_BYTE_INDEXED})
  void bmpKeepsItsValues(int type) throws IOException {
    BufferedImage picture = TestFiles.picture(31, 17, type);
    assertEquals(Images.of(picture), Images.read(TestFiles.write(picture, "bmp")));
  }

  @Test
  void bufferedImagesKeepTheirValues() {
    BufferedImage gray = new BufferedImage(1, 1, BufferedImage.TYPE_BYTE_GRAY);
    gray.getRaster().setSample(0, 0, 0, 100);
    assertEquals(0x646464, Images.of(gray).pixel(0, 0));
    BufferedImage gray16 = new BufferedImage(1, 1, BufferedImage.TYPE_USHORT_GRAY);
    gray16.getRaster().setSample(0, 0, 0, 0x64ff);
    assertEquals(0x646464, Images.of(gray16).pixel(0, 0));
    for (int type : new int[] {BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_INT_ARGB, BufferedImage.TYPE_INT_BGR,
        BufferedImage.TYPE_3BYTE_BGR, BufferedImage.TYPE_4BYTE_ABGR}) {
      BufferedImage picture = new BufferedImage(2, 2, type);
      picture.setRGB(1, 1, 0x80123456);
      assertEquals(0x123456, Images.of(picture).pixel(1, 1));
      assertEquals(0x123456, Images.of(picture.getSubimage(1, 1, 1, 1)).pixel(0, 0));
    }
  }

  @ParameterizedTest
  @CsvSource({"1,0,0", "2,2,0", "3,2,1", "4,0,1", "5,0,0", "6,1,0", "7,1,2", "8,0,2"})
  void exifTurnsThePictureUpright(int orientation, int x, int y) throws IOException {
    // 3×2 blocks of 8×8 pixels; the stored upper left one is red and must come to block (x, y).
    BufferedImage picture = new BufferedImage(24, 16, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 64; i++) {
      picture.setRGB(i % 8, i / 8, 0xff0000);
      picture.setRGB(8 + i % 8, i / 8, 0x00ff00);
    }
    byte[] jpeg = TestFiles.write(picture, "jpg");
    for (boolean little : new boolean[] {false, true}) {
      RgbImage upright = Images.read(TestFiles.withApp1(jpeg, TestFiles.exif(orientation, little)));
      assertEquals(orientation < 5 ? 24 : 16, upright.width());
      assertEquals(orientation < 5 ? 16 : 24, upright.height());
      int pixel = upright.pixel(8 * x + 3, 8 * y + 3);
      assertTrue((pixel >> 16) > 150 && (pixel >> 8 & 0xff) < 100, "orientation " + orientation + ": " + Integer.toHexString(pixel));
    }
    byte[] png = TestFiles.png(3, 2, 8, GRAY, bytes(0, 1, 2, 3, 0, 4, 5, 6), TestFiles.chunk("eXIf", TestFiles.exif(orientation, true)));
    assertEquals(0x010101, Images.read(png).pixel(x, y));
  }

  @Test
  void malformedExifIsIgnored() throws IOException {
    byte[] jpeg = TestFiles.resource("/images/sampled420.jpg");
    RgbImage plain = Images.read(jpeg);
    byte[] good = TestFiles.exif(6, false);
    for (int length = 0; length < 20; length++) {
      assertEquals(plain, Images.read(TestFiles.withApp1(jpeg, Arrays.copyOf(good, length))));
    }
    for (int i = 4; i < 8; i++) {
      byte[] far = good.clone();
      far[i] = (byte) 0xff;
      assertEquals(plain, Images.read(TestFiles.withApp1(jpeg, far)));
    }
    assertEquals(plain, Images.read(TestFiles.withApp1(jpeg, TestFiles.exif(9, true))));
    assertEquals(plain, Images.read(TestFiles.withApp1(jpeg, TestFiles.exif(0, true))));
  }

  @Test
  void pathsAndStreamsReadAlike(@TempDir Path folder) throws IOException {
    byte[] jpeg = TestFiles.resource("/golden/images/landscape.jpg");
    Path file = Files.write(folder.resolve("photo.txt"), jpeg);
    RgbImage image = Images.read(file);
    assertEquals(640, image.width());
    assertEquals(427, image.height());
    assertEquals(image, Images.read(jpeg));
    assertEquals(image, Images.read(new ByteArrayInputStream(jpeg)));
  }

  @Test
  void everyErrorIsOneLineThatNamesTheFile(@TempDir Path folder) throws IOException {
    assertMessage(folder.resolve("none.jpg"), "no such file");
    assertMessage(folder, "is a directory");
    assertMessage(Files.write(folder.resolve("empty.png"), new byte[0]), "empty file");
    assertMessage(Files.writeString(folder.resolve("text.jpg"), "hello"), "not an image: starts with 68 65 6c 6c");
    assertMessage(Files.write(folder.resolve("one.jpg"), new byte[] {(byte) 0xff}), "not an image: starts with ff,");
    byte[] jpeg = TestFiles.resource("/golden/images/landscape.jpg");
    assertMessage(Files.write(folder.resolve("half.jpg"), Arrays.copyOf(jpeg, jpeg.length / 2)), "truncated");
    byte[] png = TestFiles.resource("/golden/images/gray.png");
    assertMessage(Files.write(folder.resolve("half.png"), Arrays.copyOf(png, png.length / 2)), "truncated PNG");
    InputStream broken = new InputStream() {
      @Override
      public int read() throws IOException {
        throw new IOException("line lost");
      }
    };
    assertEquals("image: cannot be read: line lost", assertThrows(MvlmException.class, () -> Images.read(broken)).getMessage());
  }

  @Test
  void sizesAreCheckedBeforeMemoryIsTaken() throws IOException {
    byte[] rows = new byte[100];
    assertError(TestFiles.png(10_000, 10_000, 8, RGB, rows), "truncated PNG");
    assertError(TestFiles.png(20_000, 20_000, 8, RGB, rows), "image: an image of 20000x20000 pixels, expected at most 100 megapixels");
    assertError(TestFiles.png(0x7fffffff, 0x7fffffff, 8, RGB, rows), "expected at most");
    assertError(TestFiles.png(0, 5, 8, RGB, rows), "expected at least 1x1");
    for (String name : new String[] {"sampled420", "progressive420"}) {
      byte[] jpeg = TestFiles.resource("/images/" + name + ".jpg");
      int frame = indexOf(jpeg, 0xff, name.startsWith("p") ? 0xc2 : 0xc0);
      for (int i = 5; i < 9; i += 2) {
        jpeg[frame + i] = 0x27;
        jpeg[frame + i + 1] = 0x10;
      }
      assertError(jpeg, "truncated");
      jpeg[frame + 5] = (byte) 0xff;
      assertError(jpeg, "expected at most");
    }
    byte[] gif = TestFiles.write(TestFiles.picture(4, 4, BufferedImage.TYPE_BYTE_INDEXED), "gif");
    Arrays.fill(gif, 6, 10, (byte) 0xff);
    assertError(gif, "expected at most");
    byte[] bmp = TestFiles.write(TestFiles.picture(4, 4, BufferedImage.TYPE_3BYTE_BGR), "bmp");
    bmp[20] = 1;
    bmp[24] = 1;
    assertError(bmp, "BMP");
  }

  @Test
  void wellFormedFilesOfOtherKindsAreNamed() throws IOException {
    assertTrue(unsupported(bytes('I', 'I', 42, 0, 8, 0, 0, 0)).contains("TIFF"));
    assertTrue(unsupported(bytes(0, 0, 0, 24, 'f', 't', 'y', 'p', 'h', 'e', 'i', 'c')).contains("HEIF"));
    byte[] jpeg = TestFiles.resource("/images/sampled420.jpg");
    int frame = indexOf(jpeg, 0xff, 0xc0);
    jpeg[frame + 1] = (byte) 0xc9;
    assertTrue(unsupported(jpeg).contains("arithmetic"));
    jpeg[frame + 1] = (byte) 0xc1;
    jpeg[frame + 4] = 12;
    assertTrue(unsupported(jpeg).contains("12 bits"));
  }

  @Test
  void whatNeedsAPlugInSaysWhich() throws IOException {
    byte[] webp = bytes('R', 'I', 'F', 'F', 16, 0, 0, 0, 'W', 'E', 'B', 'P', 'V', 'P', '8', 'L', 4, 0, 0, 0, 0x2f, 0, 0, 0);
    assumeFalse(hasPlugIn("webp"), "a WebP reader is on the class path");
    assertTrue(unsupported(webp).contains("a WebP image, for which no ImageIO reader is on the class path"));
    assertTrue(unsupported(webp).contains("com.twelvemonkeys.imageio:imageio-webp"));
    for (String name : new String[] {"cmyk", "ycck"}) {
      String message = unsupported(TestFiles.resource("/images/" + name + ".jpg"));
      assertTrue(message.contains("a CMYK JPEG") && message.contains("com.twelvemonkeys.imageio:imageio-jpeg"), message);
    }
  }

  @Test
  void webpContainersAreChecked() {
    byte[] cut = bytes('R', 'I', 'F', 'F', 200, 0, 0, 0, 'W', 'E', 'B', 'P', 'V', 'P', '8', 'L', 4, 0, 0, 0, 0x2f, 0, 0, 0);
    assertError(cut, "truncated WebP");
    assertError(bytes('R', 'I', 'F', 'F', 12, 0, 0, 0, 'W', 'E', 'B', 'P', 'E', 'X', 'I', 'F', 0, 0, 0, 0), "no picture");
    byte[] hugeFrame = bytes('R', 'I', 'F', 'F', 28, 0, 0, 0, 'W', 'E', 'B', 'P', 'A', 'N', 'M', 'F', 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255,
        255, 255, 255, 255, 255, 0, 0, 0, 0);
    assertError(hugeFrame, "expected at most");
  }

  @Test
  void jpegColoursDoNotDependOnMarkersThatMayBeMissing() throws IOException {
    // Full-size chroma and no JFIF segment: YCbCr all the same, as libjpeg takes it.
    byte[] jpeg = TestFiles.resource("/images/sampled444.jpg");
    RgbImage want = Images.read(jpeg);
    int jfif = indexOf(jpeg, 0xff, 0xe0);
    assertEquals(2, jfif);
    byte[] bare = new byte[jpeg.length - 18];
    bare[0] = jpeg[0];
    bare[1] = jpeg[1];
    System.arraycopy(jpeg, 20, bare, 2, bare.length - 2);
    assertEquals(want, Images.read(bare));
  }

  @Test
  void colourProfilesChangeNothing() throws IOException {
    byte[] jpeg = TestFiles.resource("/images/sampled420.jpg");
    byte[] profile = ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB).getData();
    byte[] payload = new byte[14 + profile.length];
    System.arraycopy("ICC_PROFILE".getBytes(StandardCharsets.US_ASCII), 0, payload, 0, 11);
    payload[12] = 1;
    payload[13] = 1;
    System.arraycopy(profile, 0, payload, 14, profile.length);
    assertEquals(Images.read(jpeg), Images.read(TestFiles.withSegment(jpeg, 0xe2, payload)));
    byte[] gamma = TestFiles.chunk("gAMA", bytes(0, 0, 0x27, 0x10));
    assertPixels(TestFiles.png(1, 1, 8, GRAY, bytes(0, 100), gamma), 0x646464);
  }

  @Test
  void bytesBehindTheImageAreIgnored() throws IOException {
    for (String name : new String[] {"sampled420.jpg", "sampled420.png"}) {
      byte[] file = TestFiles.resource("/images/" + name);
      assertEquals(Images.read(file), Images.read(Arrays.copyOf(file, file.length + 1000)));
    }
  }

  @Test
  void damagedPixelsAreNoPicture() throws IOException {
    byte[] jpeg = TestFiles.resource("/images/sampled420.jpg");
    Arrays.fill(jpeg, jpeg.length - 400, jpeg.length - 2, (byte) 0);
    System.arraycopy(bytes(0xff, 0xd9), 0, jpeg, jpeg.length - 400, 2);
    assertError(jpeg, "damaged JPEG");
    byte[] png = TestFiles.resource("/images/sampled420.png");
    png[png.length / 2] ^= 1;
    assertError(png, "wrong checksum");
  }

  @Test
  void bmpMayNotWrapAnotherImage() throws IOException {
    byte[] bmp = TestFiles.write(TestFiles.picture(4, 4, BufferedImage.TYPE_3BYTE_BGR), "bmp");
    bmp[30] = 5;
    assertTrue(unsupported(bmp).contains("wraps a JPEG or PNG"));
  }

  private static boolean hasPlugIn(String format) {
    return ImageIO.getImageReadersByFormatName(format).hasNext();
  }

  private static String unsupported(byte[] file) {
    return assertThrows(UnsupportedFeatureException.class, () -> Images.read(file)).getMessage();
  }

  private static void assertMessage(Path file, String part) {
    String message = assertThrows(MvlmException.class, () -> Images.read(file)).getMessage();
    assertTrue(message.startsWith(file + ": ") && message.contains(part), message);
    assertFalse(message.contains("\n"), message);
  }

  private static void assertError(byte[] file, String part) {
    String message = assertThrows(InvalidDataException.class, () -> Images.read(file)).getMessage();
    assertTrue(message.contains(part), message);
  }

  private static void assertPixels(byte[] file, int... pixels) {
    RgbImage image = Images.read(file);
    int[] got = new int[image.width() * image.height()];
    for (int i = 0; i < got.length; i++) {
      got[i] = image.pixel(i % image.width(), i / image.width());
    }
    assertArrayEquals(pixels, got);
  }

  private static int indexOf(byte[] file, int first, int second) {
    for (int i = 0; i + 1 < file.length; i++) {
      if ((file[i] & 0xff) == first && (file[i + 1] & 0xff) == second) {
        return i;
      }
    }
    throw new AssertionError("no such marker");
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }
}
