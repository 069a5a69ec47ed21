package io.mvlm.model.image;

import io.mvlm.core.InvalidDataException;

/**
 * The blocks of a GIF file (87a, 89a) up to the end of its first frame. What the frame leaves uncovered has the colour of the transparent
 * index, or of index 0.
 */
final class GifBlocks {
  private static final int EXTENSION = 0x21;
  private static final int GRAPHIC_CONTROL = 0xf9;
  private static final int IMAGE = 0x2c;
  private static final int TRAILER = 0x3b;

  private final byte[] file;
  private int at = 13;
  private int transparent;

  GifBlocks(byte[] file) {
    this.file = file;
  }

  EncodedImage image() {
    need(0);
    int palette = palette(file[10]);
    while (true) {
      need(1);
      int kind = u8(at++);
      if (kind == IMAGE) {
        return frame(palette);
      }
      if (kind == TRAILER) {
        throw new InvalidDataException("damaged GIF: no frame in it");
      }
      if (kind != EXTENSION) {
        throw new InvalidDataException("damaged GIF: a block of kind " + kind + " at byte " + (at - 1));
      }
      need(7);
      if (u8(at) == GRAPHIC_CONTROL && (u8(at + 2) & 1) != 0) {
        transparent = u8(at + 5);
      }
      at++;
      skipData();
    }
  }

  private EncodedImage frame(int globalPalette) {
    need(9);
    int left = u16(at);
    int top = u16(at + 2);
    int width = u16(at + 4);
    int height = u16(at + 6);
    int flags = file[at + 8];
    at += 9;
    int local = palette(flags);
    int palette = local >= 0 ? local : globalPalette;
    need(1);
    at++;
    skipData();
    Images.checkSize(width, height);
    Canvas canvas = Canvas.around(u16(6), u16(8), left, top, width, height, colour(palette));
    return EncodedImage.whole(ImageFormat.GIF, file, canvas);
  }

  /** Skips a colour table, if the flags announce one, and returns its place, or −1. */
  private int palette(int flags) {
    if ((flags & 0x80) == 0) {
      return -1;
    }
    int place = at;
    int bytes = 3 * (2 << (flags & 7));
    need(bytes);
    at += bytes;
    return place;
  }

  private int colour(int palette) {
    int p = palette + 3 * transparent;
    return palette < 0 || p + 3 > file.length ? 0 : u8(p) << 16 | u8(p + 1) << 8 | u8(p + 2);
  }

  /** Skips sub-blocks, each behind its length, to the empty one. */
  private void skipData() {
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
      throw EncodedImage.truncated(ImageFormat.GIF);
    }
  }

  private int u8(int place) {
    return file[place] & 0xff;
  }

  private int u16(int place) {
    return u8(place) | u8(place + 1) << 8;
  }
}
