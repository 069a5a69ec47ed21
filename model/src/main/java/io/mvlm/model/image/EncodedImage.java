package io.mvlm.model.image;

import io.mvlm.core.InvalidDataException;
import java.io.ByteArrayInputStream;
import java.io.InputStream;

/**
 * One picture as its reader gets it: a complete file of the format, {@code data[from, from + length)}, from which everything that would not
 * change the pixels' stored values has been left out where that matters (colour profiles, gamma, alpha, previews, text).
 *
 * @param format what the bytes are
 * @param data holds the bytes, not copied
 * @param from first byte
 * @param length number of bytes
 * @param orientation the EXIF orientation, 1 to 8
 * @param canvas where the picture stands on a larger canvas, or null when it is the canvas
 * @param plugIn the artifact whose ImageIO reader this needs, or null when the JDK has one
 */
record EncodedImage(ImageFormat format, byte[] data, int from, int length, int orientation, Canvas canvas, String plugIn) {

  /** Takes the file apart as far as its containers go: segments, chunks and blocks, not pixels. */
  static EncodedImage of(ImageFormat format, byte[] file) {
    return switch (format) {
      case JPEG -> new JpegSegments(file).image();
      case PNG -> new PngChunks(file).image();
      case GIF -> new GifBlocks(file).image();
      case WEBP -> new WebpChunks(file).image();
      case BMP -> BmpHeader.image(file);
      case TIFF, HEIF, UNKNOWN -> throw new IllegalArgumentException("no reader for " + format);
    };
  }

  /** A file that is handed on as it is. */
  static EncodedImage whole(ImageFormat format, byte[] file, Canvas canvas) {
    return new EncodedImage(format, file, 0, file.length, Orientation.UPRIGHT, canvas, null);
  }

  InputStream stream() {
    return new ByteArrayInputStream(data, from, length);
  }

  /** Brings the decoded picture onto its canvas and turns it upright. */
  RgbImage finish(RgbImage picture) {
    return Orientation.apply(canvas == null ? picture : canvas.place(picture), orientation);
  }

  static InvalidDataException truncated(ImageFormat format) {
    return new InvalidDataException("truncated " + format + ": the file ends before the image does");
  }
}
