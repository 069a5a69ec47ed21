package io.mvlm.model.image;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;

/**
 * Takes the stored values out of a {@link BufferedImage}. {@link BufferedImage#getRGB} would convert colour spaces (a gray picture passes
 * through a linear space and changes), so component rasters are read as they are.
 */
final class BufferedImages {
  private BufferedImages() {
  }

  static RgbImage toRgb(BufferedImage picture) {
    int width = picture.getWidth();
    int height = picture.getHeight();
    byte[] rgb = new byte[3 * width * height];
    if (storedValues(picture)) {
      copyRaster(picture, rgb);
    } else {
      int[] row = new int[width];
      int to = 0;
      for (int y = 0; y < height; y++) {
        picture.getRGB(0, y, width, 1, row, 0, width);
        for (int argb : row) {
          rgb[to++] = (byte) (argb >> 16);
          rgb[to++] = (byte) (argb >> 8);
          rgb[to++] = (byte) argb;
        }
      }
    }
    return RgbImage.wrap(width, height, rgb);
  }

  /** Whether the raster's bands are gray (and alpha) or red, green, blue (and alpha), in unsigned bytes or shorts. */
  private static boolean storedValues(BufferedImage picture) {
    ColorModel model = picture.getColorModel();
    int type = model.getTransferType();
    int space = model.getColorSpace().getType();
    return model instanceof ComponentColorModel && !picture.isAlphaPremultiplied()
        && (type == DataBuffer.TYPE_BYTE || type == DataBuffer.TYPE_USHORT) && model.getComponentSize(0) >= 8
        && (space == ColorSpace.TYPE_GRAY || space == ColorSpace.TYPE_RGB);
  }

  private static void copyRaster(BufferedImage picture, byte[] rgb) {
    Raster raster = picture.getRaster();
    int width = picture.getWidth();
    int bands = raster.getNumBands();
    int shift = picture.getColorModel().getComponentSize(0) - 8;
    int green = bands >= 3 ? 1 : 0;
    int blue = bands >= 3 ? 2 : 0;
    int[] row = new int[width * bands];
    int to = 0;
    for (int y = 0; y < picture.getHeight(); y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      for (int i = 0; i < row.length; i += bands) {
        rgb[to++] = (byte) (row[i] >> shift);
        rgb[to++] = (byte) (row[i + green] >> shift);
        rgb[to++] = (byte) (row[i + blue] >> shift);
      }
    }
  }
}
