package io.mvlm.model.image;

import io.mvlm.core.InvalidDataException;
import io.mvlm.core.UnsupportedFeatureException;

/**
 * The segments of a JPEG file (ITU-T T.81, annex B). The reader gets the tables, the frame and the scans, behind one application segment
 * that states the colour space by the rules of libjpeg: without colour profiles, previews and further pictures, it has nothing to convert
 * or to misunderstand.
 */
final class JpegSegments {
  private static final int SOF0 = 0xc0;
  private static final int SOF2 = 0xc2;
  private static final int EOI = 0xd9;
  private static final int SOS = 0xda;
  private static final int APP0 = 0xe0;
  private static final int APP1 = 0xe1;
  private static final int APP14 = 0xee;
  private static final int APP15 = 0xef;
  private static final int COM = 0xfe;

  private static final byte[] JFIF = {(byte) 0xff, (byte) 0xd8, (byte) 0xff, (byte) 0xe0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1,
      0, 0};
  private static final byte[] ADOBE = {(byte) 0xff, (byte) 0xd8, (byte) 0xff, (byte) 0xee, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0,
      0, 0};

  /** Even progressive files have a dozen or two; each costs the reader a pass over the image. */
  private static final int MOST_SCANS = 500;

  /** A block of 8×8 pixels takes a bit at least: a bound on what a short file can hold. */
  private static final int MOST_PIXELS_PER_BYTE = 8 * 64;

  private final byte[] file;
  private final byte[] kept;
  private int end = JFIF.length;
  private boolean jfif;
  private int adobeTransform = -1;
  private int components;
  private boolean namedRgb;
  private int scans;
  private int orientation = Orientation.UPRIGHT;

  JpegSegments(byte[] file) {
    this.file = file;
    kept = new byte[file.length + JFIF.length];
  }

  EncodedImage image() {
    int at = 2;
    while (true) {
      at = marker(at);
      int kind = file[at + 1] & 0xff;
      if (kind == EOI) {
        keep(at, at + 2);
        break;
      }
      at += 2;
      if (file.length - at < 2) {
        throw EncodedImage.truncated(ImageFormat.JPEG);
      }
      int next = at + u16(at);
      if (next < at + 2) {
        throw new InvalidDataException("damaged JPEG: a segment of " + u16(at) + " bytes, expected at least 2");
      }
      if (next > file.length) {
        throw EncodedImage.truncated(ImageFormat.JPEG);
      }
      if (kind >= APP0 && kind <= APP15 || kind == COM) {
        application(kind, at + 2, next);
      } else {
        if (kind >= SOF0 && kind <= 0xcf && kind != 0xc4 && kind != 0xcc) {
          frame(kind, at + 2, next);
        } else if (kind == SOS) {
          next = scanEnd(next);
        }
        keep(at - 2, next);
      }
      at = next;
    }
    if (components == 0 || scans == 0) {
      throw new InvalidDataException("damaged JPEG: no picture in it");
    }
    byte[] prefix = prefix();
    int from = JFIF.length - prefix.length;
    System.arraycopy(prefix, 0, kept, from, prefix.length);
    return new EncodedImage(ImageFormat.JPEG, kept, from, end - from, orientation, null, components == 4 ? "imageio-jpeg" : null);
  }

  /** The place of the next marker that begins a segment or ends the image; bytes before it are skipped, as every decoder does. */
  private int marker(int at) {
    for (int i = at; i + 1 < file.length; i++) {
      int code = file[i + 1] & 0xff;
      if (file[i] == (byte) 0xff && code >= SOF0 && code != 0xff && (code < 0xd0 || code > 0xd8)) {
        return i;
      }
    }
    throw EncodedImage.truncated(ImageFormat.JPEG);
  }

  /** The end of entropy-coded data: the next marker but for restarts; after 0xff, a zero is stuffing and another 0xff fills. */
  private int scanEnd(int start) {
    if (++scans > MOST_SCANS) {
      throw new InvalidDataException("damaged JPEG: more than " + MOST_SCANS + " scans");
    }
    for (int i = start; i + 1 < file.length; i++) {
      int code = file[i + 1] & 0xff;
      if (file[i] == (byte) 0xff && code != 0 && code != 0xff && (code < 0xd0 || code > 0xd7)) {
        return i;
      }
    }
    throw EncodedImage.truncated(ImageFormat.JPEG);
  }

  private void application(int kind, int start, int next) {
    if (kind == APP0 && starts(start, next, "JFIF\0")) {
      jfif = true;
    } else if (kind == APP1 && Orientation.hasExifHeader(file, start, next) && orientation == Orientation.UPRIGHT) {
      orientation = Orientation.find(file, start, next);
    } else if (kind == APP14 && starts(start, next, "Adobe") && next - start >= 12) {
      adobeTransform = file[start + 11] & 0xff;
    }
  }

  private void frame(int kind, int start, int next) {
    if (kind > SOF2) {
      throw new UnsupportedFeatureException("a JPEG with " + (kind >= 0xc9 ? "arithmetic" : kind == 0xc3 ? "lossless" : "hierarchical")
          + " coding, expected sequential or progressive Huffman coding");
    }
    if (next - start < 6 || next - start < 6 + 3 * (file[start + 5] & 0xff)) {
      throw new InvalidDataException("damaged JPEG: a frame header of " + (next - start) + " bytes");
    }
    if (components != 0) {
      throw new InvalidDataException("damaged JPEG: a second frame header");
    }
    if (file[start] != 8) {
      throw new UnsupportedFeatureException("a JPEG of " + (file[start] & 0xff) + " bits per sample, expected 8");
    }
    components = file[start + 5] & 0xff;
    if (components != 1 && components != 3 && components != 4) {
      throw new UnsupportedFeatureException("a JPEG of " + components + " components, expected 1, 3 or 4");
    }
    long height = u16(start + 1);
    long width = u16(start + 3);
    Images.checkSize(width, height);
    if (width * height / MOST_PIXELS_PER_BYTE > file.length) {
      throw EncodedImage.truncated(ImageFormat.JPEG);
    }
    namedRgb = components == 3 && file[start + 6] == 'R' && file[start + 9] == 'G' && file[start + 12] == 'B';
  }

  /** The start of the file that the reader sees. */
  private byte[] prefix() {
    boolean rgb = components == 3 && !jfif && (adobeTransform == 0 || adobeTransform < 0 && namedRgb);
    if (!rgb && components != 4) {
      return JFIF;
    }
    if (components == 4 && adobeTransform < 0) {
      return new byte[] {JFIF[0], JFIF[1]};
    }
    byte[] adobe = ADOBE.clone();
    adobe[adobe.length - 1] = (byte) (rgb ? 0 : adobeTransform);
    return adobe;
  }

  private void keep(int start, int next) {
    System.arraycopy(file, start, kept, end, next - start);
    end += next - start;
  }

  private boolean starts(int start, int next, String name) {
    boolean same = next - start >= name.length();
    for (int i = 0; same && i < name.length(); i++) {
      same = file[start + i] == name.charAt(i);
    }
    return same;
  }

  private int u16(int at) {
    return (file[at] & 0xff) << 8 | file[at + 1] & 0xff;
  }
}
