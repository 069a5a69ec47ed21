package io.mvlm.model.image;

import io.mvlm.core.InvalidDataException;
import io.mvlm.core.UnsupportedFeatureException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * PNG (ISO/IEC 15948): every colour type, depth and interlacing. Alpha and tRNS are dropped, gamma and profiles ignored, gray of 1, 2 and 4
 * bits is scaled to 0…255, and of 16 bits the high byte is kept. One row at a time is inflated; the IDAT chunks are never joined.
 */
final class PngDecoder {
  private static final int GRAY = 0;
  private static final int RGB = 2;
  private static final int PALETTE = 3;
  private static final int GRAY_ALPHA = 4;
  private static final int RGBA = 6;

  /** Adam7: first column, first row, column step, row step of each pass. */
  private static final int[][] PASSES = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
  private static final int[][] ONE_PASS = {{0, 0, 1, 1}};

  /** Deflate cannot expand more than 1032 times: a bound on what a short file can hold. */
  private static final long MOST_EXPANSION = 1032;

  private final byte[] file;
  private int width;
  private int height;
  private int depth;
  private int colour;
  private int channels;
  private boolean interlaced;
  private byte[] palette;
  private int orientation = Orientation.UPRIGHT;

  /** Starts and ends of the IDAT payloads in the file, alternating. */
  private int[] parts = new int[16];
  private int partCount;
  private int nextPart;

  PngDecoder(byte[] file) {
    this.file = file;
  }

  RgbImage decode() {
    readChunks();
    long compressed = 0;
    for (int i = 0; i < partCount; i += 2) {
      compressed += parts[i + 1] - parts[i];
    }
    long rowBytes = rowBytes(width);
    if (!interlaced && (rowBytes + 1) * height > (compressed + 64) * MOST_EXPANSION) {
      throw truncated();
    }
    if (interlaced && (long) width * height * channels * depth / 8 > (compressed + 64) * MOST_EXPANSION) {
      throw truncated();
    }
    byte[] rgb = new byte[3 * width * height];
    Inflater inflater = new Inflater();
    try {
      for (int[] pass : interlaced ? PASSES : ONE_PASS) {
        readPass(inflater, rgb, pass[0], pass[1], pass[2], pass[3]);
      }
    } catch (DataFormatException e) {
      throw new InvalidDataException("damaged PNG data: " + Images.reason(e), e);
    } finally {
      inflater.end();
    }
    return Orientation.apply(RgbImage.wrap(width, height, rgb), orientation);
  }

  private void readChunks() {
    int at = 8;
    while (file.length - at >= 8) {
      long length = i32(at) & 0xffffffffL;
      String type = new String(file, at + 4, 4, StandardCharsets.ISO_8859_1);
      int start = at + 8;
      boolean whole = length + 4 <= file.length - start;
      if (width == 0 && !type.equals("IHDR")) {
        throw new InvalidDataException("damaged PNG: first chunk is " + printable(type) + ", expected IHDR");
      }
      if (!whole) {
        if (type.equals("IDAT")) {
          addPart(start, (int) Math.min(file.length, start + length));
        }
        break;
      }
      int end = start + (int) length;
      boolean critical = (file[at + 4] & 0x20) == 0;
      if (critical) {
        checkCrc(type, at + 4, end);
      }
      switch (type) {
        case "IHDR" -> readHeader(start, end);
        case "PLTE" -> palette = Arrays.copyOfRange(file, start, Math.min(end, start + 768));
        case "IDAT" -> addPart(start, end);
        case "eXIf" -> orientation = Orientation.find(file, start, end);
        case "IEND" -> at = file.length;
        default -> {
          if (critical) {
            throw new UnsupportedFeatureException("a PNG with the unknown critical chunk " + printable(type));
          }
        }
      }
      if (at == file.length) {
        break;
      }
      at = end + 4;
    }
    if (width == 0) {
      throw truncated();
    }
    if (partCount == 0) {
      throw new InvalidDataException("damaged or truncated PNG: no image data (IDAT)");
    }
    if (colour == PALETTE && palette == null) {
      throw new InvalidDataException("damaged PNG: palette image without a palette (PLTE)");
    }
  }

  private void readHeader(int start, int end) {
    if (width != 0 || end - start != 13) {
      throw new InvalidDataException("damaged PNG: IHDR of " + (end - start) + " bytes or a second one, expected one of 13");
    }
    long w = i32(start) & 0xffffffffL;
    long h = i32(start + 4) & 0xffffffffL;
    Images.checkSize(w, h);
    depth = file[start + 8];
    colour = file[start + 9];
    int interlace = file[start + 12];
    boolean known = switch (colour) {
      case GRAY -> depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
      case PALETTE -> depth == 1 || depth == 2 || depth == 4 || depth == 8;
      case RGB, GRAY_ALPHA, RGBA -> depth == 8 || depth == 16;
      default -> false;
    };
    if (!known || file[start + 10] != 0 || file[start + 11] != 0 || interlace < 0 || interlace > 1) {
      throw new InvalidDataException("damaged PNG: IHDR with colour type " + colour + ", depth " + depth + ", compression "
          + file[start + 10] + ", filter " + file[start + 11] + ", interlacing " + interlace);
    }
    channels = switch (colour) {
      case RGB -> 3;
      case GRAY_ALPHA -> 2;
      case RGBA -> 4;
      default -> 1;
    };
    interlaced = interlace == 1;
    width = (int) w;
    height = (int) h;
  }

  private void addPart(int start, int end) {
    if (partCount == parts.length) {
      parts = Arrays.copyOf(parts, 2 * parts.length);
    }
    parts[partCount++] = start;
    parts[partCount++] = end;
  }

  private void checkCrc(String type, int start, int end) {
    CRC32 crc = new CRC32();
    crc.update(file, start, end - start);
    if ((int) crc.getValue() != i32(end)) {
      throw new InvalidDataException("damaged PNG: wrong checksum of chunk " + printable(type));
    }
  }

  private int rowBytes(int pixels) {
    return (int) (((long) pixels * channels * depth + 7) / 8);
  }

  private void readPass(Inflater inflater, byte[] rgb, int x0, int y0, int dx, int dy) throws DataFormatException {
    int columns = (width - x0 + dx - 1) / dx;
    int rows = (height - y0 + dy - 1) / dy;
    if (columns <= 0 || rows <= 0) {
      return;
    }
    int bytes = rowBytes(columns);
    int step = Math.max(1, channels * depth / 8);
    byte[] row = new byte[bytes + 1];
    byte[] above = new byte[bytes + 1];
    for (int r = 0; r < rows; r++) {
      inflate(inflater, row);
      unfilter(row, above, step);
      emit(row, columns, rgb, 3 * ((y0 + r * dy) * width + x0), 3 * dx);
      byte[] swap = above;
      above = row;
      row = swap;
    }
  }

  private void inflate(Inflater inflater, byte[] row) throws DataFormatException {
    int got = 0;
    while (got < row.length) {
      int n = inflater.inflate(row, got, row.length - got);
      got += n;
      if (n == 0) {
        if (inflater.finished() || inflater.needsDictionary() || nextPart == partCount) {
          throw truncated();
        }
        if (inflater.needsInput()) {
          inflater.setInput(file, parts[nextPart], parts[nextPart + 1] - parts[nextPart]);
          nextPart += 2;
        }
      }
    }
  }

  /** Undoes one row's filter; {@code row[0]} holds its kind, {@code step} is the distance of a pixel's left neighbour in bytes. */
  private static void unfilter(byte[] row, byte[] above, int step) {
    int n = row.length;
    switch (row[0]) {
      case 0 -> { }
      case 1 -> {
        for (int i = 1 + step; i < n; i++) {
          row[i] += row[i - step];
        }
      }
      case 2 -> {
        for (int i = 1; i < n; i++) {
          row[i] += above[i];
        }
      }
      case 3 -> {
        for (int i = 1; i < n; i++) {
          int left = i > step ? row[i - step] & 0xff : 0;
          row[i] += (byte) (left + (above[i] & 0xff) >> 1);
        }
      }
      case 4 -> {
        for (int i = 1; i < n; i++) {
          int a = i > step ? row[i - step] & 0xff : 0;
          int b = above[i] & 0xff;
          int c = i > step ? above[i - step] & 0xff : 0;
          int pa = Math.abs(b - c);
          int pb = Math.abs(a - c);
          int pc = Math.abs(a + b - 2 * c);
          row[i] += (byte) (pa <= pb && pa <= pc ? a : pb <= pc ? b : c);
        }
      }
      default -> throw new InvalidDataException("damaged PNG: row filter " + (row[0] & 0xff) + ", expected 0 to 4");
    }
  }

  /** Spreads an unfiltered row over the result, from byte {@code to}, {@code step} bytes from pixel to pixel. */
  private void emit(byte[] row, int columns, byte[] rgb, int to, int step) {
    int bytes = depth / 8;
    if (colour == RGB || colour == RGBA) {
      int from = 1;
      for (int x = 0; x < columns; x++) {
        rgb[to] = row[from];
        rgb[to + 1] = row[from + bytes];
        rgb[to + 2] = row[from + 2 * bytes];
        from += channels * bytes;
        to += step;
      }
      return;
    }
    int scale = colour == GRAY && depth < 8 ? 255 / ((1 << depth) - 1) : 1;
    for (int x = 0; x < columns; x++) {
      int value;
      if (depth >= 8) {
        value = row[1 + x * channels * bytes] & 0xff;
      } else {
        int bit = x * depth;
        value = (row[1 + (bit >> 3)] & 0xff) >> 8 - depth - (bit & 7) & (1 << depth) - 1;
      }
      if (colour == PALETTE) {
        // An index past the palette's end is black.
        boolean inside = 3 * value + 2 < palette.length;
        rgb[to] = inside ? palette[3 * value] : 0;
        rgb[to + 1] = inside ? palette[3 * value + 1] : 0;
        rgb[to + 2] = inside ? palette[3 * value + 2] : 0;
      } else {
        byte gray = (byte) (value * scale);
        rgb[to] = gray;
        rgb[to + 1] = gray;
        rgb[to + 2] = gray;
      }
      to += step;
    }
  }

  private int i32(int at) {
    return file[at] << 24 | (file[at + 1] & 0xff) << 16 | (file[at + 2] & 0xff) << 8 | file[at + 3] & 0xff;
  }

  private static String printable(String type) {
    return type.chars().allMatch(c -> c >= 'A' && c <= 'z') ? type : "of unprintable type";
  }

  private static InvalidDataException truncated() {
    return new InvalidDataException("truncated PNG: the image data ends early");
  }
}
