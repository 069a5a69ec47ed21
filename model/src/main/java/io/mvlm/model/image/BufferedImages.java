package io.mvlm.model.image;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
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
    if (picture.getColorModel() instanceof IndexColorModel palette) {
      lookUp(picture.getRaster(), palette, rgb);
    } else if (storedValues(picture)) {
      copy(picture.getRaster(), picture.getColorModel().getComponentSize(0) - 8, rgb);
    } else {
      convert(picture, rgb);
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

  private static void copy(Raster raster, int shift, byte[] rgb) {
    int bands = raster.getNumBands();
    int green = bands >= 3 ? 1 : 0;
    int blue = bands >= 3 ? 2 : 0;
    int[] row = new int[raster.getWidth() * bands];
    int to = 0;
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, raster.getWidth(), 1, row);
      for (int i = 0; i < row.length; i += bands) {
        rgb[to++] = (byte) (row[i] >> shift);
        rgb[to++] = (byte) (row[i + green] >> shift);
        rgb[to++] = (byte) (row[i + blue] >> shift);
      }
    }
  }

  /** Colours of a palette; an index beyond its end is black. */
  private static void lookUp(Raster raster, IndexColorModel palette, byte[] rgb) {
    int[] colours = new int[palette.getMapSize()];
    palette.getRGBs(colours);
    int[] row = new int[raster.getWidth()];
    int to = 0;
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, row.length, 1, row);
      for (int index : row) {
        to = put(index < colours.length ? colours[index] : 0, rgb, to);
      }
    }
  }

  private static void convert(BufferedImage picture, byte[] rgb) {
    int[] row = new int[picture.getWidth()];
    int to = 0;
    for (int y = 0; y < picture.getHeight(); y++) {
      picture.getRGB(0, y, row.length, 1, row, 0, row.length);
      for (int colour : row) {
        to = put(colour, rgb, to);
      }
    }
  }

  private static int put(int colour, byte[] rgb, int to) {
    rgb[to] = (byte) (colour >> 16);
    rgb[to + 1] = (byte) (colour >> 8);
    rgb[to + 2] = (byte) colour;
    return to + 3;
  }
}
