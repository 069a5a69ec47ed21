package io.mvlm.model.image;

import io.mvlm.core.InvalidDataException;
import io.mvlm.core.MvlmException;
import io.mvlm.core.UnsupportedFeatureException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Reads photos and drawings by {@code javax.imageio}: JPEG (sequential and progressive; gray, YCbCr and RGB), PNG, GIF (the first frame)
 * and BMP with the JDK's own readers; CMYK JPEG and WebP where an ImageIO plug-in for them is on the class path.
 *
 * <p>The result is the picture as its file stores it, turned upright by its EXIF orientation (JPEG, PNG, WebP): alpha is dropped, not
 * blended; colour profiles and gamma are ignored; 16-bit channels keep their high byte. No file is written and no window system is asked
 * for; {@code -Djava.awt.headless=true} keeps the graphics classes from looking for one.
 *
 * <p>Files are not trusted: sizes are checked before memory is taken, and whatever is wrong with a file becomes one
 * {@link InvalidDataException} that names it. All methods are thread-safe.
 */
public final class Images {
  /** The largest accepted image, in pixels; such an image takes 300 MB of heap, while it is decoded up to three times that. */
  public static final int MAX_PIXELS = 100_000_000;

  /** The longest accepted side, in pixels. */
  public static final int MAX_SIDE = 1_000_000;

  /** The largest accepted file, in bytes. */
  public static final int MAX_FILE_BYTES = 256 << 20;

  private static final String KNOWN = "JPEG, PNG, GIF, BMP or WebP";

  private Images() {
  }

  /**
   * Reads an image file.
   *
   * @throws InvalidDataException when it is no image, a damaged, truncated or too large one
   * @throws MvlmException when the file is missing or cannot be read, with that cause
   * @throws UnsupportedFeatureException when it is an image of a kind that is not read here
   */
  public static RgbImage read(Path path) {
    String name = path.toString();
    if (Files.isDirectory(path)) {
      throw new InvalidDataException(name + ": is a directory, expected an image file");
    }
    try (InputStream in = Files.newInputStream(path)) {
      return decode(name, allBytes(name, in));
    } catch (NoSuchFileException e) {
      throw new MvlmException(name + ": no such file", e);
    } catch (IOException e) {
      throw new MvlmException(name + ": cannot be read: " + reason(e), e);
    }
  }

  /**
   * Reads an image from a stream, to the stream's end; does not close it. Errors call it "image".
   *
   * @throws InvalidDataException when it holds no image, a damaged, truncated or too large one
   * @throws MvlmException when the stream fails, with that cause
   * @throws UnsupportedFeatureException when it is an image of a kind that is not read here
   */
  public static RgbImage read(InputStream in) {
    Objects.requireNonNull(in, "in");
    try {
      return decode("image", allBytes("image", in));
    } catch (IOException e) {
      throw new MvlmException("image: cannot be read: " + reason(e), e);
    }
  }

  /**
   * Decodes an image file's bytes, which are not kept. Errors call it "image".
   *
   * @throws InvalidDataException when they are no image, or a damaged, truncated or too large one
   * @throws UnsupportedFeatureException when it is an image of a kind that is not read here
   */
  public static RgbImage read(byte[] file) {
    return decode("image", Objects.requireNonNull(file, "file"));
  }

  /**
   * Copies a picture's stored values: alpha dropped, no colour conversion (a gray value v becomes v, v, v), 16-bit channels by their high
   * byte.
   *
   * @throws InvalidDataException when the picture is larger than {@link #MAX_PIXELS} or {@link #MAX_SIDE}
   */
  public static RgbImage of(BufferedImage picture) {
    checkSize(picture.getWidth(), picture.getHeight());
    return BufferedImages.toRgb(picture);
  }

  private static RgbImage decode(String name, byte[] file) {
    if (file.length == 0) {
      throw new InvalidDataException(name + ": empty file, expected an image (" + KNOWN + ")");
    }
    ImageFormat format = ImageFormat.of(file);
    try {
      return switch (format) {
        case JPEG, PNG, GIF, BMP, WEBP -> PixelReader.read(EncodedImage.of(format, file));
        case TIFF -> throw new UnsupportedFeatureException("a TIFF image, expected " + KNOWN);
        case HEIF -> throw new UnsupportedFeatureException("a HEIF, AVIF or video file, expected " + KNOWN);
        case UNKNOWN -> throw new InvalidDataException("not an image: starts with " + firstBytes(file) + ", expected " + KNOWN);
      };
    } catch (UnsupportedFeatureException e) {
      throw new UnsupportedFeatureException(name + ": " + e.getMessage());
    } catch (InvalidDataException e) {
      throw new InvalidDataException(name + ": " + e.getMessage(), e.getCause());
    } catch (LinkageError e) {
      throw new UnsupportedFeatureException(name + ": this Java runtime lacks the parts that read images (" + reason(e)
          + "), expected one with the module java.desktop");
    } catch (IOException | RuntimeException | Error e) {
      // Readers wrap whatever happens in them, sometimes twice.
      Throwable cause = e;
      while (cause.getCause() != null && !(cause instanceof OutOfMemoryError)) {
        cause = cause.getCause();
      }
      if (cause instanceof OutOfMemoryError) {
        throw new InvalidDataException(name + ": the image does not fit into the Java heap of "
            + (Runtime.getRuntime().maxMemory() >> 20) + " MiB; raise it with -Xmx", cause);
      }
      throw new InvalidDataException(name + ": damaged or truncated " + format + " (" + reason(cause) + ")", e);
    }
  }

  /** Refuses what no header may claim; called before any memory is taken for pixels. */
  static void checkSize(long width, long height) {
    if (width < 1 || height < 1) {
      throw new InvalidDataException("an image of " + width + "x" + height + " pixels, expected at least 1x1");
    }
    if (width > MAX_SIDE || height > MAX_SIDE || width * height > MAX_PIXELS) {
      throw new InvalidDataException("an image of " + width + "x" + height + " pixels, expected at most " + MAX_PIXELS / 1_000_000
          + " megapixels and " + MAX_SIDE + " pixels a side");
    }
  }

  /** The first line of an error's message, or the error's kind. */
  static String reason(Throwable e) {
    String message = e.getMessage();
    return message == null || message.isBlank() ? e.getClass().getSimpleName() : message.strip().lines().findFirst().orElse("");
  }

  private static byte[] allBytes(String name, InputStream in) throws IOException {
    try {
      byte[] bytes = in.readNBytes(MAX_FILE_BYTES);
      if (bytes.length == MAX_FILE_BYTES && in.read() >= 0) {
        throw new InvalidDataException(name + ": a file of more than " + (MAX_FILE_BYTES >> 20) + " MiB, expected an image");
      }
      return bytes;
    } catch (OutOfMemoryError e) {
      throw new InvalidDataException(name + ": the file does not fit into the Java heap", e);
    }
  }

  private static String firstBytes(byte[] file) {
    StringBuilder hex = new StringBuilder();
    for (int i = 0; i < Math.min(4, file.length); i++) {
      hex.append(i == 0 ? "" : " ").append(String.format("%02x", file[i] & 0xff));
    }
    return hex.toString();
  }
}
