package io.mvlm.model.image;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.ImageIO;

/** Image files made byte by byte, and files from the test resources. */
final class TestFiles {
  private TestFiles() {
  }

  static byte[] resource(String name) throws IOException {
    try (InputStream in = TestFiles.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException("no test resource " + name);
      }
      return in.readAllBytes();
    }
  }

  /** A PNG of the given rows, each with its filter byte, with extra chunks between IHDR and IDAT. */
  static byte[] png(int width, int height, int depth, int colour, byte[] rows, byte[]... extra) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    byte[] header = ByteBuffer.allocate(13).putInt(width).putInt(height).put((byte) depth).put((byte) colour).array();
    out.write(chunk("IHDR", header));
    for (byte[] one : extra) {
      out.write(one);
    }
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflate = new DeflaterOutputStream(packed, new Deflater())) {
      deflate.write(rows);
    }
    out.write(chunk("IDAT", packed.toByteArray()));
    out.write(chunk("IEND", new byte[0]));
    return out.toByteArray();
  }

  static byte[] chunk(String type, byte[] data) {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 crc = new CRC32();
    crc.update(name);
    crc.update(data);
    return ByteBuffer.allocate(12 + data.length).putInt(data.length).put(name).put(data).putInt((int) crc.getValue()).array();
  }

  /** A TIFF structure with one entry, the orientation. */
  static byte[] exif(int orientation, boolean little) {
    byte[] tiff = little
        ? new byte[] {'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, (byte) orientation, 0, 0, 0, 0, 0, 0, 0}
        : new byte[] {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte) orientation, 0, 0, 0, 0, 0, 0};
    return tiff;
  }

  /** Puts an EXIF segment with the TIFF structure directly after a JPEG's first marker. */
  static byte[] withApp1(byte[] jpeg, byte[] tiff) {
    return withSegment(jpeg, 0xe1, ByteBuffer.allocate(6 + tiff.length).put(new byte[] {'E', 'x', 'i', 'f', 0, 0}).put(tiff).array());
  }

  /** Puts a segment directly after a JPEG's first marker. */
  static byte[] withSegment(byte[] jpeg, int marker, byte[] payload) {
    ByteBuffer out = ByteBuffer.allocate(jpeg.length + 4 + payload.length);
    out.put(jpeg, 0, 2).put((byte) 0xff).put((byte) marker).putShort((short) (2 + payload.length)).put(payload);
    return out.put(jpeg, 2, jpeg.length - 2).array();
  }

  /** The picture in a format that ImageIO writes. */
  static byte[] write(BufferedImage picture, String format) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.setUseCache(false);
    if (!ImageIO.write(picture, format, out)) {
      throw new IOException("ImageIO does not write " + format);
    }
    return out.toByteArray();
  }

  /** A colourful picture without symmetry. */
  static BufferedImage picture(int width, int height, int type) {
    BufferedImage picture = new BufferedImage(width, height, type);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        picture.setRGB(x, y, 0xff000000 | x * 255 / width << 16 | y * 255 / height << 8 | (x * 7 + y * 3) % 256);
      }
    }
    return picture;
  }
}
