package io.mvlm.model.image;

import io.mvlm.core.InvalidDataException;

/**
 * The first frame of a GIF (87a, 89a), on its canvas. What the frame leaves uncovered has the colour of the transparent index, or of index
 * 0; transparent pixels keep their palette colour.
 */
final class GifDecoder {
  /** A code of the LZW variant stands for at most this many pixels: a bound on what a short file can hold. */
  private static final int MOST_CODES = 4096;

  private final byte[] file;
  private int at = 6;

  GifDecoder(byte[] file) {
    this.file = file;
  }

  RgbImage decode() {
    need(7);
    int width = u16(at);
    int height = u16(at + 2);
    int flags = u8(at + 4);
    at += 7;
    byte[] palette = (flags & 0x80) != 0 ? palette(flags) : null;
    int transparent = 0;
    while (true) {
      need(1);
      int kind = u8(at++);
      if (kind == 0x2c) {
        return frame(width, height, palette, transparent);
      }
      if (kind == 0x3b) {
        throw new InvalidDataException("damaged GIF: no frame");
      }
      if (kind == 0x21) {
        need(7);
        if (u8(at) == 0xf9 && u8(at + 1) == 4 && (u8(at + 2) & 1) != 0) {
          transparent = u8(at + 5);
        }
        at++;
        skipBlocks();
      }
      // Other bytes between blocks are padding that some writers leave.
    }
  }

  private RgbImage frame(int canvasWidth, int canvasHeight, byte[] global, int background) {
    need(9);
    int left = u16(at);
    int top = u16(at + 2);
    int width = u16(at + 4);
    int height = u16(at + 6);
    int flags = u8(at + 8);
    at += 9;
    byte[] palette = (flags & 0x80) != 0 ? palette(flags) : global;
    if (width == 0 || height == 0) {
      throw new InvalidDataException("damaged GIF: a frame of " + width + "x" + height + " pixels");
    }
    int fullWidth = Math.max(canvasWidth, left + width);
    int fullHeight = Math.max(canvasHeight, top + height);
    Images.checkSize(fullWidth, fullHeight);
    if ((long) width * height > (long) (file.length - at) * 8 / 3 * MOST_CODES) {
      throw truncated();
    }
    byte[] indices = lzw(width * height);
    byte[] colours = colours(palette);
    byte[] rgb = new byte[3 * fullWidth * fullHeight];
    if (width < fullWidth || height < fullHeight) {
      for (int i = 0; i < rgb.length; i += 3) {
        System.arraycopy(colours, 3 * background, rgb, i, 3);
      }
    }
    boolean interlaced = (flags & 0x40) != 0;
    int pass = 0;
    int y = 0;
    for (int row = 0; row < height; row++) {
      int to = 3 * ((top + y) * fullWidth + left);
      for (int i = row * width; i < (row + 1) * width; i++) {
        int colour = 3 * (indices[i] & 0xff);
        rgb[to++] = colours[colour];
        rgb[to++] = colours[colour + 1];
        rgb[to++] = colours[colour + 2];
      }
      if (interlaced) {
        // Rows 0, 8, 16…; 4, 12…; 2, 6…; 1, 3…
        y += pass == 0 ? 8 : 16 >> pass;
        while (y >= height && pass < 3) {
          pass++;
          y = 8 >> pass;
        }
      } else {
        y++;
      }
    }
    return RgbImage.wrap(fullWidth, fullHeight, rgb);
  }

  private byte[] lzw(int pixels) {
    need(1);
    int minimum = u8(at++);
    if (minimum < 1 || minimum > 8) {
      throw new InvalidDataException("damaged GIF: codes of " + minimum + " bits, expected 1 to 8");
    }
    int clear = 1 << minimum;
    int end = clear + 1;
    int[] prefix = new int[MOST_CODES];
    byte[] last = new byte[MOST_CODES];
    byte[] stack = new byte[MOST_CODES + 1];
    byte[] out = new byte[pixels];
    int got = 0;
    int next = clear + 2;
    int bits = minimum + 1;
    int previous = -1;
    int first = 0;
    int buffer = 0;
    int held = 0;
    int blockLeft = 0;
    while (got < pixels) {
      while (held < bits) {
        if (blockLeft == 0) {
          need(1);
          blockLeft = u8(at++);
          if (blockLeft == 0) {
            throw truncated();
          }
        }
        need(1);
        buffer |= u8(at++) << held;
        held += 8;
        blockLeft--;
      }
      int code = buffer & (1 << bits) - 1;
      buffer >>>= bits;
      held -= bits;
      if (code == clear) {
        next = clear + 2;
        bits = minimum + 1;
        previous = -1;
        continue;
      }
      if (code == end) {
        throw truncated();
      }
      if (code > next || code == next && previous < 0 || code > end && previous < 0) {
        throw new InvalidDataException("damaged GIF: unknown code in the image data");
      }
      int depth = 0;
      int walk = code;
      if (code == next) {
        // The code being defined right now: the previous string and its own first pixel again.
        stack[depth++] = (byte) first;
        walk = previous;
      }
      while (walk > end) {
        stack[depth++] = last[walk];
        walk = prefix[walk];
      }
      first = walk;
      stack[depth++] = (byte) first;
      while (depth > 0 && got < pixels) {
        out[got++] = stack[--depth];
      }
      if (previous >= 0 && next < MOST_CODES) {
        prefix[next] = previous;
        last[next] = (byte) first;
        next++;
        if (next == 1 << bits && bits < 12) {
          bits++;
        }
      }
      previous = code;
    }
    return out;
  }

  /** 256 colours: the palette's, black after its end; a gray ramp without a palette. */
  private static byte[] colours(byte[] palette) {
    byte[] colours = new byte[768];
    if (palette != null) {
      System.arraycopy(palette, 0, colours, 0, palette.length);
    } else {
      for (int i = 0; i < colours.length; i++) {
        colours[i] = (byte) (i / 3);
      }
    }
    return colours;
  }

  private byte[] palette(int flags) {
    int bytes = 3 << (flags & 7) + 1;
    need(bytes);
    byte[] palette = new byte[bytes];
    System.arraycopy(file, at, palette, 0, bytes);
    at += bytes;
    return palette;
  }

  private void skipBlocks() {
    int length;
    do {
      need(1);
      length = u8(at++);
      need(length);
      at += length;
    } while (length > 0);
  }

  private void need(int bytes) {
    if (file.length - at < bytes) {
      throw truncated();
    }
  }

  private int u8(int i) {
    return file[i] & 0xff;
  }

  private int u16(int i) {
    return u8(i) | u8(i + 1) << 8;
  }

  private static InvalidDataException truncated() {
    return new InvalidDataException("truncated GIF: the image data ends early");
  }
}
