package io.mvlm.model.image;

import io.mvlm.core.InvalidDataException;

/**
 * The RIFF chunks of a WebP file (RFC 9649). The reader gets the first picture's bitstream as a file of the simple kind, without its alpha
 * plane, colour profile and animation.
 */
final class WebpChunks {
  private static final int HEADER = 12;
  private static final int CHUNK_HEADER = 8;
  private static final int FRAME_HEADER = 16;

  private final byte[] file;
  private int picture = -1;
  private Canvas canvas;
  private int canvasWidth;
  private int canvasHeight;
  private int orientation = Orientation.UPRIGHT;

  WebpChunks(byte[] file) {
    this.file = file;
  }

  EncodedImage image() {
    int end = next(0, file.length);
    int at = HEADER;
    while (end - at >= CHUNK_HEADER) {
      int start = at + CHUNK_HEADER;
      int next = next(at, end);
      if (is(at, "VP8X") && next - start >= 10) {
        canvasWidth = u24(start + 4) + 1;
        canvasHeight = u24(start + 7) + 1;
      } else if (is(at, "EXIF")) {
        orientation = Orientation.find(file, start, next);
      } else if (is(at, "ANMF") && picture < 0) {
        frame(start, next);
      } else if (picture < 0 && isPicture(at)) {
        picture = at;
      }
      at = next + (next - at & 1);
    }
    if (picture < 0) {
      throw new InvalidDataException("damaged WebP: no picture (VP8 or VP8L) in it");
    }
    int length = HEADER + next(picture, file.length) - picture;
    byte[] simple = new byte[length + (length & 1)];
    System.arraycopy(file, 0, simple, 0, HEADER);
    System.arraycopy(file, picture, simple, HEADER, length - HEADER);
    for (int i = 0; i < 4; i++) {
      simple[4 + i] = (byte) (simple.length - CHUNK_HEADER >> 8 * i);
    }
    return new EncodedImage(ImageFormat.WEBP, simple, 0, simple.length, orientation, canvas, "imageio-webp");
  }

  /** An animation's frame: its place in units of two pixels, its size, its duration and flags, then chunks of its own. */
  private void frame(int start, int end) {
    if (end - start < FRAME_HEADER) {
      throw new InvalidDataException("damaged WebP: a frame of " + (end - start) + " bytes");
    }
    canvas = Canvas.around(canvasWidth, canvasHeight, 2 * u24(start), 2 * u24(start + 3), u24(start + 6) + 1, u24(start + 9) + 1, 0);
    int at = start + FRAME_HEADER;
    while (picture < 0 && end - at >= CHUNK_HEADER) {
      if (isPicture(at)) {
        picture = at;
      }
      int next = next(at, end);
      at = next + (next - at & 1);
    }
  }

  /** The end of the chunk at {@code at}, before the byte that pads it to an even length. */
  private int next(int at, int end) {
    long next = at + CHUNK_HEADER + u32(at + 4);
    if (next > end) {
      throw EncodedImage.truncated(ImageFormat.WEBP);
    }
    return (int) next;
  }

  private boolean isPicture(int at) {
    return is(at, "VP8 ") || is(at, "VP8L");
  }

  private boolean is(int at, String type) {
    return file[at] == type.charAt(0) && file[at + 1] == type.charAt(1) && file[at + 2] == type.charAt(2) && file[at + 3] == type.charAt(3);
  }

  private int u24(int at) {
    return file[at] & 0xff | (file[at + 1] & 0xff) << 8 | (file[at + 2] & 0xff) << 16;
  }

  private long u32(int at) {
    return u24(at) | (file[at + 3] & 0xffL) << 24;
  }
}
