package io.mvlm.model.image;

import io.mvlm.core.InvalidDataException;
import io.mvlm.core.UnsupportedFeatureException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/**
 * The chunks of a PNG file (ISO/IEC 15948, clause 5). The reader gets the critical ones alone, checked: no transparency, gamma, profiles or
 * compressed texts.
 */
final class PngChunks {
  private static final int SIGNATURE = 8;

  /** A chunk's length, type and checksum. */
  private static final int FRAMING = 12;

  /** Deflate cannot expand more than 1032 times: a bound on what a short file can hold. */
  private static final long MOST_EXPANSION = 1032;

  private final byte[] file;
  private final byte[] kept;
  private int end = SIGNATURE;
  private long imageBits;
  private long packedBytes;
  private int orientation = Orientation.UPRIGHT;

  PngChunks(byte[] file) {
    this.file = file;
    kept = new byte[file.length];
    System.arraycopy(file, 0, kept, 0, SIGNATURE);
  }

  EncodedImage image() {
    int at = SIGNATURE;
    String type = "";
    while (!type.equals("IEND")) {
      if (file.length - at < FRAMING) {
        throw EncodedImage.truncated(ImageFormat.PNG);
      }
      long length = u32(at);
      if (length > file.length - at - FRAMING) {
        throw EncodedImage.truncated(ImageFormat.PNG);
      }
      int start = at + 8;
      int next = start + (int) length + 4;
      type = new String(file, at + 4, 4, StandardCharsets.ISO_8859_1);
      if (at == SIGNATURE) {
        header(type, start, (int) length);
      }
      switch (type) {
        case "IHDR", "PLTE", "IEND" -> keep(at, next);
        case "IDAT" -> {
          packedBytes += length;
          keep(at, next);
        }
        case "eXIf" -> orientation = Orientation.find(file, start, next - 4);
        default -> {
          // A capital first letter says that nobody may ignore the chunk.
          if ((file[at + 4] & 0x20) == 0) {
            throw new UnsupportedFeatureException("a damaged PNG, or one with a critical chunk of a kind that is not known here");
          }
        }
      }
      at = next;
    }
    if (imageBits / 8 > (packedBytes + 64) * MOST_EXPANSION) {
      throw EncodedImage.truncated(ImageFormat.PNG);
    }
    return new EncodedImage(ImageFormat.PNG, kept, 0, end, orientation, null, null);
  }

  private void header(String type, int start, int length) {
    if (!type.equals("IHDR") || length != 13) {
      throw new InvalidDataException("damaged PNG: no header (IHDR of 13 bytes) in front");
    }
    long width = u32(start);
    long height = u32(start + 4);
    Images.checkSize(width, height);
    int channels = switch (file[start + 9]) {
      case 2 -> 3;
      case 4 -> 2;
      case 6 -> 4;
      default -> 1;
    };
    imageBits = width * height * channels * (file[start + 8] & 0xff);
  }

  private void keep(int at, int next) {
    CRC32 crc = new CRC32();
    crc.update(file, at + 4, next - at - 8);
    if (crc.getValue() != u32(next - 4)) {
      throw new InvalidDataException("damaged PNG: wrong checksum of the chunk at byte " + at);
    }
    System.arraycopy(file, at, kept, end, next - at);
    end += next - at;
  }

  private long u32(int at) {
    return (file[at] & 0xffL) << 24 | (file[at + 1] & 0xff) << 16 | (file[at + 2] & 0xff) << 8 | file[at + 3] & 0xff;
  }
}
