package io.mvlm.model.image;

import io.mvlm.core.InvalidDataException;
import io.mvlm.core.UnsupportedFeatureException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Decodes pixels with ImageIO: by the JDK's own reader where it has one, so that a picture's values do not depend on the class path, and by
 * a plug-in for the rest (WebP, CMYK JPEG). Streams live in memory: no temporary files.
 */
final class PixelReader {
  private PixelReader() {
  }

  static RgbImage read(EncodedImage image) throws IOException {
    ImageReader reader = provider(image).createReaderInstance();
    try (ImageInputStream in = new MemoryCacheImageInputStream(image.stream())) {
      reader.setInput(in, true, true);
      reader.addIIOReadWarningListener((source, warning) -> refuseDamage(image.format(), warning));
      Images.checkSize(reader.getWidth(0), reader.getHeight(0));
      return image.finish(BufferedImages.toRgb(reader.read(0)));
    } finally {
      reader.dispose();
    }
  }

  private static ImageReaderSpi provider(EncodedImage image) {
    String name = image.format().name().toLowerCase(Locale.ROOT);
    boolean fromJdk = image.plugIn() == null;
    Iterator<ImageReaderSpi> providers = IIORegistry.getDefaultInstance().getServiceProviders(ImageReaderSpi.class,
        spi -> isFromJdk(spi) == fromJdk && Arrays.asList(((ImageReaderSpi) spi).getFormatNames()).contains(name), true);
    if (providers.hasNext()) {
      return providers.next();
    }
    String what = image.format() == ImageFormat.JPEG ? "CMYK JPEG" : image.format().toString();
    throw new UnsupportedFeatureException("a " + what + " image, for which no ImageIO reader is on the class path; add one, such as "
        + "com.twelvemonkeys.imageio:" + image.plugIn() + " (mvlm.jar has it), or convert the image to PNG");
  }

  private static boolean isFromJdk(Object provider) {
    return provider.getClass().getModule() == ImageReader.class.getModule();
  }

  /**
   * Readers go on with gray or invented pixels where a JPEG's or GIF's data makes no sense, and only warn. Bytes left over between two
   * JPEG segments do no harm.
   */
  private static void refuseDamage(ImageFormat format, String warning) {
    if (warning.startsWith("Corrupt JPEG data") && !warning.contains("extraneous") || warning.startsWith("Out-of-sequence code")) {
      throw new InvalidDataException("damaged " + format + ": " + warning.strip());
    }
  }
}
