package io.mvlm.model.image;

import io.mvlm.core.InvalidDataException;
import io.mvlm.core.UnsupportedFeatureException;
import java.util.ArrayList;
import java.util.List;

/**
 * JPEG (ITU-T T.81) with Huffman coding and 8 bits: baseline, extended sequential, progressive; any integral chroma sampling; gray, YCbCr,
 * RGB, CMYK and YCCK, told apart by the JFIF and Adobe segments and the component ids. Colour profiles are ignored. Of several pictures in
 * one file (MPO) the first counts.
 */
final class JpegDecoder {
  private static final int SOI = 0xd8;
  private static final int EOI = 0xd9;
  private static final int SOS = 0xda;
  private static final int DQT = 0xdb;
  private static final int DHT = 0xc4;
  private static final int DRI = 0xdd;

  /** More than any encoder writes; bounds the time that a hostile file can take. */
  private static final int MOST_SCANS = 100;

  private final byte[] file;
  private final int[][] quantTables = new int[4][];
  private final JpegHuffman[] dcTables = new JpegHuffman[4];
  private final JpegHuffman[] acTables = new JpegHuffman[4];
  private JpegComponent[] components;
  private boolean progressive;
  private int width;
  private int height;
  private int mostH;
  private int mostV;
  private int mcusWide;
  private int mcusHigh;
  private int restartInterval;
  private int scans;
  private boolean jfif;
  /** The Adobe segment's transform, or -1 without such a segment. */
  private int adobe = -1;
  private int orientation = Orientation.UPRIGHT;
  private boolean exifSeen;

  JpegDecoder(byte[] file) {
    this.file = file;
  }

  RgbImage decode() {
    int at = 2;
    boolean ended = false;
    while (!ended) {
      at = nextMarker(at);
      if (at < 0) {
        // A sequential picture is whole once all its components were read, even where the end marker is lost.
        if (components == null || progressive || !allSeen()) {
          throw truncated();
        }
        break;
      }
      int marker = file[at - 1] & 0xff;
      if (marker == EOI) {
        ended = true;
      } else if (marker != SOI && marker != 0x01 && (marker < 0xd0 || marker > 0xd7)) {
        at = segment(marker, at);
      }
    }
    if (components == null) {
      throw new InvalidDataException("damaged JPEG: no picture (frame header) in it");
    }
    if (!allSeen()) {
      throw truncated();
    }
    return Orientation.apply(RgbImage.wrap(width, height, picture()), orientation);
  }

  /** The position after the next marker's code, or -1 at the file's end; stray bytes before it are skipped. */
  private int nextMarker(int at) {
    for (int i = at; i + 1 < file.length; i++) {
      int code = file[i + 1] & 0xff;
      if (file[i] == (byte) 0xff && code != 0 && code != 0xff) {
        return i + 2;
      }
    }
    return -1;
  }

  private int segment(int marker, int at) {
    if (at + 2 > file.length) {
      throw truncated();
    }
    int end = at + u16(at);
    if (u16(at) < 2 || end > file.length) {
      throw truncated();
    }
    int start = at + 2;
    switch (marker) {
      case DQT -> quantTables(start, end);
      case DHT -> huffmanTables(start, end);
      case DRI -> {
        need(end - start >= 2, "restart interval");
        restartInterval = u16(start);
      }
      case SOS -> {
        return scan(start, end);
      }
      case 0xc0, 0xc1, 0xc2 -> frame(marker, start, end);
      case 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf -> throw new UnsupportedFeatureException(
          "a JPEG of process " + (marker - 0xc0) + " (" + (marker < 0xc8 ? "lossless or hierarchical" : "arithmetic coding")
              + "), expected baseline, extended sequential or progressive Huffman");
      case 0xe0 -> jfif |= text(start, end, "JFIF");
      case 0xe1 -> {
        if (!exifSeen && Orientation.hasExifHeader(file, start, end)) {
          exifSeen = true;
          orientation = Orientation.find(file, start, end);
        }
      }
      case 0xee -> {
        if (text(start, end, "Adobe") && end - start >= 12) {
          adobe = file[start + 11] & 0xff;
        }
      }
      default -> { }
    }
    return end;
  }

  private void quantTables(int start, int end) {
    int at = start;
    while (at < end) {
      int precision = (file[at] & 0xff) >> 4;
      int slot = file[at] & 15;
      at++;
      need(slot < 4 && precision < 2 && at + 64 * (precision + 1) <= end, "quantisation table");
      int[] table = new int[64];
      for (int i = 0; i < 64; i++) {
        table[JpegScan.NATURAL[i]] = precision == 0 ? file[at + i] & 0xff : u16(at + 2 * i);
      }
      quantTables[slot] = table;
      at += 64 * (precision + 1);
    }
  }

  private void huffmanTables(int start, int end) {
    int at = start;
    while (at < end) {
      int kind = (file[at] & 0xff) >> 4;
      int slot = file[at] & 15;
      at++;
      need(slot < 4 && kind < 2 && at + 16 <= end, "Huffman table");
      JpegHuffman table = new JpegHuffman(file, at, end);
      (kind == 0 ? dcTables : acTables)[slot] = table;
      at += 16 + table.symbols.length;
    }
  }

  private void frame(int marker, int start, int end) {
    need(components == null, "second frame header");
    need(end - start >= 6, "frame header");
    int precision = file[start] & 0xff;
    int count = file[start + 5] & 0xff;
    height = u16(start + 1);
    width = u16(start + 3);
    if (precision != 8) {
      throw new UnsupportedFeatureException("a JPEG of " + precision + " bits per sample, expected 8");
    }
    if (count != 1 && count != 3 && count != 4) {
      throw new UnsupportedFeatureException("a JPEG of " + count + " components, expected 1, 3 or 4");
    }
    Images.checkSize(width, height);
    need(end - start >= 6 + 3 * count, "frame header");
    progressive = marker == 0xc2;
    JpegComponent[] all = new JpegComponent[count];
    for (int i = 0; i < count; i++) {
      int at = start + 6 + 3 * i;
      int h = (file[at + 1] & 0xff) >> 4;
      int v = file[at + 1] & 15;
      need(h >= 1 && h <= 4 && v >= 1 && v <= 4 && (file[at + 2] & 0xff) < 4, "component in the frame header");
      all[i] = new JpegComponent(file[at] & 0xff, h, v, file[at + 2]);
      mostH = Math.max(mostH, h);
      mostV = Math.max(mostV, v);
    }
    allocate(all);
    components = all;
  }

  private void allocate(JpegComponent[] all) {
    mcusWide = ceil(width, 8 * mostH);
    mcusHigh = ceil(height, 8 * mostV);
    long blocks = 0;
    for (JpegComponent c : all) {
      c.width = ceil(width * c.h, mostH);
      c.height = ceil(height * c.v, mostV);
      c.blocksWide = mcusWide * c.h;
      c.blocksHigh = mcusHigh * c.v;
      blocks += (long) ceil(c.width, 8) * ceil(c.height, 8);
      if (64L * c.blocksWide * c.blocksHigh > Integer.MAX_VALUE - 8) {
        throw new InvalidDataException("damaged JPEG: " + width + "x" + height + " pixels with component sampling " + c.h + "x" + c.v);
      }
    }
    // A block has at least one bit, in a sequential file two (DC code and end of block): a bound on what a short file can hold.
    if (blocks * (progressive ? 1 : 2) > 8L * file.length) {
      throw truncated();
    }
    for (JpegComponent c : all) {
      if (progressive) {
        c.coefficients = new short[64 * c.blocksWide * c.blocksHigh];
      } else {
        c.samples = new byte[64 * c.blocksWide * c.blocksHigh];
      }
    }
  }

  private int scan(int start, int end) {
    need(components != null, "scan before the frame header");
    if (++scans > MOST_SCANS) {
      throw new InvalidDataException("damaged JPEG: more than " + MOST_SCANS + " scans");
    }
    int count = start < end ? file[start] & 0xff : 0;
    need(count >= 1 && count <= components.length && end - start >= 4 + 2 * count, "scan header");
    int after = start + 1 + 2 * count;
    int from = progressive ? file[after] & 0xff : 0;
    int to = progressive ? file[after + 1] & 0xff : 63;
    int high = progressive ? (file[after + 2] & 0xff) >> 4 : 0;
    int low = progressive ? file[after + 2] & 15 : 0;
    need(from <= to && to < 64 && (from > 0 || to == 0 || !progressive) && (from == 0 || count == 1) && low < 14
        && (high == 0 || high == low + 1), "scan header");
    List<JpegComponent> chosen = new ArrayList<>();
    int perMcu = 0;
    for (int i = 0; i < count; i++) {
      JpegComponent c = component(file[start + 1 + 2 * i] & 0xff);
      need(!chosen.contains(c), "scan header");
      int tables = file[start + 2 + 2 * i] & 0xff;
      boolean needsDc = from == 0 && high == 0;
      boolean needsAc = to > 0;
      need(tables >> 4 < 4 && (tables & 15) < 4, "scan header");
      c.dc = dcTables[tables >> 4];
      c.ac = acTables[tables & 15];
      need((c.dc != null || !needsDc) && (c.ac != null || !needsAc), "scan without its Huffman table");
      if (c.quant == null) {
        c.quant = quantTables[c.quantTable];
        need(c.quant != null, "scan without its quantisation table");
      }
      c.prediction = 0;
      c.seen |= from == 0;
      perMcu += c.h * c.v;
      chosen.add(c);
    }
    need(count == 1 || perMcu <= 10, "scan header");
    JpegBits bits = new JpegBits(file, end, file.length);
    new JpegScan(bits, chosen.toArray(new JpegComponent[0]), progressive, from, to, high, low).decode(mcusWide, mcusHigh, restartInterval);
    return bits.align();
  }

  private JpegComponent component(int id) {
    for (JpegComponent c : components) {
      if (c.id == id) {
        return c;
      }
    }
    throw new InvalidDataException("damaged JPEG: a scan of component " + id + ", which the frame header lacks");
  }

  private boolean allSeen() {
    for (JpegComponent c : components) {
      if (!c.seen) {
        return false;
      }
    }
    return true;
  }

  private byte[] picture() {
    JpegRows[] upsampled = new JpegRows[components.length];
    for (int i = 0; i < components.length; i++) {
      if (progressive) {
        transform(components[i]);
      }
      upsampled[i] = new JpegRows(components[i], width, mostH, mostV);
    }
    JpegColour colour = colour();
    byte[] rgb = new byte[3 * width * height];
    byte[][] rows = new byte[components.length][];
    int[] starts = new int[components.length];
    for (int y = 0; y < height; y++) {
      for (int i = 0; i < rows.length; i++) {
        upsampled[i].load(y);
        rows[i] = upsampled[i].array();
        starts[i] = upsampled[i].start(y);
      }
      colour.convert(rows, starts, width, rgb, 3 * y * width);
    }
    return rgb;
  }

  /** Turns a progressive component's coefficients into samples, and lets go of them. */
  private static void transform(JpegComponent c) {
    c.samples = new byte[c.coefficients.length];
    int[] block = new int[64];
    for (int y = 0; y < c.blocksHigh; y++) {
      for (int x = 0; x < c.blocksWide; x++) {
        int base = 64 * (y * c.blocksWide + x);
        for (int i = 0; i < 64; i++) {
          block[i] = c.coefficients[base + i] * c.quant[i];
        }
        JpegIdct.transform(block, c.samples, 8 * (y * c.stride() + x), c.stride());
      }
    }
    c.coefficients = null;
  }

  private JpegColour colour() {
    if (components.length == 1) {
      return JpegColour.GRAY;
    }
    if (components.length == 4) {
      return adobe > 0 ? JpegColour.YCCK : JpegColour.CMYK;
    }
    boolean named = components[0].id == 'R' && components[1].id == 'G' && components[2].id == 'B';
    boolean rgb = !jfif && (adobe == 0 || adobe < 0 && named);
    return rgb ? JpegColour.RGB : JpegColour.YCBCR;
  }

  private boolean text(int start, int end, String name) {
    if (end - start < name.length()) {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      if (file[start + i] != name.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private int u16(int at) {
    return (file[at] & 0xff) << 8 | file[at + 1] & 0xff;
  }

  private static int ceil(int a, int b) {
    return (a + b - 1) / b;
  }

  private static void need(boolean condition, String what) {
    if (!condition) {
      throw new InvalidDataException("damaged JPEG: " + what);
    }
  }

  static InvalidDataException truncated() {
    return new InvalidDataException("truncated or damaged JPEG: the image data ends early");
  }
}
