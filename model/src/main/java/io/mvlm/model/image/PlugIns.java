package io.mvlm.model.image;

import io.mvlm.core.InvalidDataException;
import io.mvlm.core.UnsupportedFeatureException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** Formats that ImageIO reads for us: BMP with the JDK's own reader, WebP with a plug-in from the class path. No temporary files. */
final class PlugIns {
  private PlugIns() {
  }

  static RgbImage decode(ImageFormat format, byte[] file) {
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
      Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
      if (!readers.hasNext()) {
        throw new UnsupportedFeatureException("a " + format + " image, for which no ImageIO reader is on the class path, or which is"
            + " damaged (mvlm.jar brings a reader; otherwise add one, such as imageio-webp, or convert the image to JPEG or PNG)");
      }
      ImageReader reader = readers.next();
      try {
        reader.setInput(in, true, true);
        Images.checkSize(reader.getWidth(0), reader.getHeight(0));
        RgbImage image = BufferedImages.toRgb(reader.read(0));
        return format == ImageFormat.WEBP ? Orientation.apply(image, webpOrientation(file)) : image;
      } finally {
        reader.dispose();
      }
    } catch (IOException e) {
      throw new InvalidDataException("damaged or truncated " + format + ": " + Images.reason(e), e);
    } catch (LinkageError e) {
      throw new UnsupportedFeatureException("a " + format + " image, but this Java runtime lacks graphics support (" + Images.reason(e)
          + "); convert the image to JPEG or PNG");
    }
  }

  /** RIFF: chunks of a four-letter name, a little-endian length and an evenly padded payload, after a header of 12 bytes. */
  private static int webpOrientation(byte[] file) {
    long at = 12;
    while (at + 8 <= file.length) {
      int p = (int) at;
      long length = file[p + 4] & 0xff | (file[p + 5] & 0xff) << 8 | (file[p + 6] & 0xff) << 16 | (file[p + 7] & 0xffL) << 24;
      if (file[p] == 'E' && file[p + 1] == 'X' && file[p + 2] == 'I' && file[p + 3] == 'F') {
        return Orientation.find(file, p + 8, (int) Math.min(file.length, at + 8 + length));
      }
      at += 8 + length + (length & 1);
    }
    return Orientation.UPRIGHT;
  }
}
