package io.mvlm.model.image;

import io.mvlm.core.InvalidDataException;
import java.util.Arrays;

/**
 * Decodes one scan (ITU-T T.81, annexes F and G): sequential blocks go straight through the inverse DCT into their component's samples,
 * progressive ones into its coefficients.
 */
final class JpegScan {
  /** Zigzag position → natural position. */
  static final int[] NATURAL = {
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

  private final JpegBits bits;
  private final JpegComponent[] components;
  private final boolean progressive;
  private final int from;
  private final int to;
  private final int high;
  private final int low;
  private final int[] block = new int[64];

  /** Blocks that are still covered by an end-of-band run. */
  private int run;

  /**
   * @param components the scan's components, in its order
   * @param from first coefficient, in zigzag order
   * @param to last coefficient
   * @param high the bit position the scan before this one left off at, 0 in a first scan
   * @param low the bit position of this scan
   */
  JpegScan(JpegBits bits, JpegComponent[] components, boolean progressive, int from, int to, int high, int low) {
    this.bits = bits;
    this.components = components;
    this.progressive = progressive;
    this.from = from;
    this.to = to;
    this.high = high;
    this.low = low;
  }

  /** Reads the whole scan; {@code mcusWide × mcusHigh} is the frame's grid, {@code interval} the number of MCUs between restarts or 0. */
  void decode(int mcusWide, int mcusHigh, int interval) {
    boolean single = components.length == 1;
    JpegComponent only = components[0];
    int wide = single ? (only.width + 7) / 8 : mcusWide;
    int rows = single ? (only.height + 7) / 8 : mcusHigh;
    int untilRestart = interval;
    int restarts = 0;
    for (int y = 0; y < rows; y++) {
      for (int x = 0; x < wide; x++) {
        if (interval > 0 && untilRestart == 0) {
          bits.restart(restarts++ & 7);
          untilRestart = interval;
          run = 0;
          for (JpegComponent c : components) {
            c.prediction = 0;
          }
        }
        untilRestart--;
        if (single) {
          block(only, x, y);
        } else {
          for (JpegComponent c : components) {
            for (int v = 0; v < c.v; v++) {
              for (int h = 0; h < c.h; h++) {
                block(c, x * c.h + h, y * c.v + v);
              }
            }
          }
        }
        if (bits.overrun()) {
          throw JpegDecoder.truncated();
        }
      }
    }
  }

  private void block(JpegComponent c, int x, int y) {
    if (!progressive) {
      sequential(c, x, y);
      return;
    }
    int base = 64 * (y * c.blocksWide + x);
    if (from == 0) {
      if (high == 0) {
        c.prediction += bits.signed(category(bits.symbol(c.dc)));
        c.coefficients[base] = (short) (c.prediction << low);
      } else if (bits.bits(1) != 0) {
        c.coefficients[base] |= (short) (1 << low);
      }
    } else if (high == 0) {
      firstBand(c, base);
    } else {
      refineBand(c, base);
    }
  }

  private void sequential(JpegComponent c, int x, int y) {
    int[] quant = c.quant;
    c.prediction += bits.signed(category(bits.symbol(c.dc)));
    int dc = c.prediction * quant[0];
    int at = 8 * (y * c.stride() + x);
    JpegHuffman ac = c.ac;
    int symbol = bits.symbol(ac);
    if (symbol == 0) {
      JpegIdct.flat(dc, c.samples, at, c.stride());
      return;
    }
    int[] b = block;
    Arrays.fill(b, 0);
    b[0] = dc;
    int k = 1;
    while (true) {
      int size = symbol & 15;
      if (size == 0) {
        if (symbol != 0xf0) {
          break;
        }
        k += 16;
      } else {
        k += symbol >> 4;
        if (k > 63) {
          throw outside();
        }
        int natural = NATURAL[k];
        b[natural] = bits.signed(size) * quant[natural];
        k++;
      }
      if (k > 63) {
        break;
      }
      symbol = bits.symbol(ac);
    }
    JpegIdct.transform(b, c.samples, at, c.stride());
  }

  private void firstBand(JpegComponent c, int base) {
    if (run > 0) {
      run--;
      return;
    }
    int k = from;
    while (k <= to) {
      int symbol = bits.symbol(c.ac);
      int zeros = symbol >> 4;
      int size = symbol & 15;
      if (size == 0) {
        if (zeros < 15) {
          run = (1 << zeros) - 1 + bits.bits(zeros);
          return;
        }
        k += 16;
      } else {
        k += zeros;
        if (k > to) {
          throw outside();
        }
        c.coefficients[base + NATURAL[k]] = (short) (bits.signed(size) << low);
        k++;
      }
    }
  }

  /** Adds one bit to coefficients known to be non-zero, and places those that become non-zero with this bit. */
  private void refineBand(JpegComponent c, int base) {
    short[] values = c.coefficients;
    int k = from;
    if (run == 0) {
      while (k <= to) {
        int symbol = bits.symbol(c.ac);
        int zeros = symbol >> 4;
        int size = symbol & 15;
        int fresh = 0;
        if (size == 0) {
          if (zeros < 15) {
            run = (1 << zeros) + bits.bits(zeros);
            break;
          }
        } else if (size == 1) {
          fresh = bits.bits(1) != 0 ? 1 << low : -1 << low;
        } else {
          throw new InvalidDataException("damaged JPEG: a refinement of " + size + " bits, expected 1");
        }
        // Step over as many zero coefficients as the symbol says; the non-zero ones on the way have a bit each.
        for (; k <= to; k++) {
          int i = base + NATURAL[k];
          if (values[i] != 0) {
            refine(values, i);
          } else if (zeros-- == 0) {
            break;
          }
        }
        if (fresh != 0) {
          if (k > to) {
            throw outside();
          }
          values[base + NATURAL[k]] = (short) fresh;
        }
        k++;
      }
    }
    if (run > 0) {
      for (; k <= to; k++) {
        int i = base + NATURAL[k];
        if (values[i] != 0) {
          refine(values, i);
        }
      }
      run--;
    }
  }

  private void refine(short[] values, int i) {
    int bit = 1 << low;
    if (bits.bits(1) != 0 && (Math.abs(values[i]) & bit) == 0) {
      values[i] += (short) (values[i] > 0 ? bit : -bit);
    }
  }

  private static int category(int symbol) {
    if (symbol > 15) {
      throw new InvalidDataException("damaged JPEG: a DC difference of " + symbol + " bits, expected at most 15");
    }
    return symbol;
  }

  private static InvalidDataException outside() {
    return new InvalidDataException("damaged JPEG: coefficients outside their block");
  }
}
