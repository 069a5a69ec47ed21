package io.mvlm.core;

import static io.mvlm.core.LittleEndian.f16;
import static io.mvlm.core.LittleEndian.i8;
import static io.mvlm.core.LittleEndian.putByte;
import static io.mvlm.core.LittleEndian.putF16;
import static io.mvlm.core.LittleEndian.u8;

import java.lang.foreign.MemorySegment;

/**
 * Super-blocks of 256 values: sub-blocks of 16 or 32 with small integer scales (and minima), which one or two 16-bit floats scale in turn.
 *
 * <p>Quantisers search for good scales ({@link BlockFit}); their bytes differ from the reference quantiser's, their error does not exceed
 * it by much. NaN counts as 0; magnitudes beyond the 16-bit float range count as that range's end.
 */
final class KQuantCodecs {
  /** {@code struct { u8 scale[16]; u2 q[256]; f16 d; f16 m; }}, 84 bytes: sub-blocks of 16, x = d·(scale & 15)·q − m·(scale >> 4). */
  static final BlockCodec Q2_K = new Q2Codec();

  /** {@code struct { u1 h[256]; u2 l[256]; u6 scale[16]; f16 d; }}, 110 bytes: sub-blocks of 16, x = d·(scale − 32)·(l + 4·h − 4). */
  static final BlockCodec Q3_K = new Q3Codec();

  /** {@code struct { f16 d; f16 m; u6 scale[8], min[8]; u4 q[256]; }}, 144 bytes: sub-blocks of 32, x = d·scale·q − m·min. */
  static final BlockCodec Q4_K = new Q4Codec();

  /** {@code struct { f16 d; f16 m; u6 scale[8], min[8]; u1 h[256]; u4 l[256]; }}, 176 bytes: as Q4_K with q = l + 16·h. */
  static final BlockCodec Q5_K = new Q5Codec();

  /** {@code struct { u4 l[256]; u2 h[256]; i8 scale[16]; f16 d; }}, 210 bytes: sub-blocks of 16, x = d·scale·(l + 16·h − 32). */
  static final BlockCodec Q6_K = new Q6Codec();

  private static final int N = 256;

  private KQuantCodecs() {}

  /** Scratch memory of a quantiser: one super-block of tamed values and of quants, scales of its sub-blocks. */
  static final class Scratch {
    final BlockFit fit = new BlockFit();
    final float[] x = new float[N];
    final int[] q = new int[N];
    final float[] scales = new float[16];
    final float[] offsets = new float[16];
    final int[] levels = new int[16];
    final int[] offsetLevels = new int[16];

    void load(float[] source, int from) {
      for (int i = 0; i < N; i++) {
        x[i] = LegacyQuantCodecs.tame(source[from + i], LegacyQuantCodecs.MAX_F16);
      }
    }

    /** Fits x ≈ scales·q − offsets for each sub-block of {@code n} values. */
    void fitAffine(int n, int top) {
      for (int g = 0; g < N / n; g++) {
        fit.affine(x, g * n, n, top);
        scales[g] = fit.scale;
        offsets[g] = fit.offset;
      }
    }

    /** Quants of the affine sub-blocks, once the scales {@code d} and {@code m} are rounded as they are stored. */
    void affineQuants(int n, int top, float d, float m) {
      for (int g = 0; g < N / n; g++) {
        float inverse = BlockFit.inverse(d * levels[g]);
        float offset = m * offsetLevels[g];
        for (int i = g * n; i < g * n + n; i++) {
          q[i] = BlockFit.quant((x[i] + offset) * inverse, 0, top);
        }
      }
    }

    /** Fits x ≈ scales·q, −bound ≤ q < bound, for each sub-block of {@code n} values; returns the scale of largest magnitude. */
    float fitSymmetric(int n, int bound) {
      for (int g = 0; g < N / n; g++) {
        fit.symmetric(x, g * n, n, bound);
        scales[g] = fit.scale;
      }
      return BlockFit.extreme(scales, 0, N / n);
    }

    /** Quants of the symmetric sub-blocks, each bound above 0, once {@code d} is rounded as it is stored. */
    void symmetricQuants(int n, int bound, float d) {
      for (int g = 0; g < N / n; g++) {
        float inverse = BlockFit.inverse(d * levels[g]);
        for (int i = g * n; i < g * n + n; i++) {
          q[i] = BlockFit.quant(x[i] * inverse, -bound, bound - 1) + bound;
        }
      }
    }

    static void toLevels(float[] values, int n, float unit, int low, int high, int[] levels) {
      float inverse = BlockFit.inverse(unit);
      for (int g = 0; g < n; g++) {
        levels[g] = BlockFit.quant(values[g] * inverse, low, high);
      }
    }
  }

  /** Encodes a block that lies in the scratch memory. */
  private abstract static class SuperBlockCodec extends BlockwiseCodec {
    SuperBlockCodec(TensorType type) {
      super(type);
    }

    abstract void encode(Scratch k, MemorySegment s, long at);

    @Override
    Encoder encoder() {
      Scratch k = new Scratch();
      return (x, from, s, at) -> {
        k.load(x, from);
        encode(k, s, at);
      };
    }
  }

  private static final class Q2Codec extends SuperBlockCodec {
    private static final int QUANTS = 16;
    private static final int D = 80;

    Q2Codec() {
      super(TensorType.Q2_K);
    }

    /** Byte l (0 … 31) of half h holds, two bits each from the lowest, values 128h + l, + 32, + 64, + 96. */
    @Override
    void decode(MemorySegment s, long at, float[] y, int to) {
      float d = f16(s, at + D);
      float m = f16(s, at + D + 2);
      for (int g = 0; g < 16; g++) {
        int levels = u8(s, at + g);
        float scale = d * (levels & 15);
        float offset = m * (levels >> 4);
        long q = at + QUANTS + (g >> 3) * 32 + (g & 1) * 16;
        int shift = g & 6;
        for (int j = 0; j < 16; j++) {
          y[to + 16 * g + j] = scale * (u8(s, q + j) >> shift & 3) - offset;
        }
      }
    }

    @Override
    void encode(Scratch k, MemorySegment s, long at) {
      k.fitAffine(16, 3);
      float d = putF16(s, at + D, BlockFit.extreme(k.scales, 0, 16) / 15);
      float m = putF16(s, at + D + 2, BlockFit.extreme(k.offsets, 0, 16) / 15);
      Scratch.toLevels(k.scales, 16, d, 0, 15, k.levels);
      Scratch.toLevels(k.offsets, 16, m, 0, 15, k.offsetLevels);
      k.affineQuants(16, 3, d, m);
      for (int g = 0; g < 16; g++) {
        putByte(s, at + g, k.levels[g] | k.offsetLevels[g] << 4);
      }
      putTwoBits(s, at + QUANTS, k.q);
    }
  }

  /** Stores the two lowest bits of each quant in the order of Q2_K and Q3_K. */
  private static void putTwoBits(MemorySegment s, long at, int[] q) {
    for (int l = 0; l < 64; l++) {
      int v = (l >> 5) * 128 + (l & 31);
      putByte(s, at + l, q[v] & 3 | (q[v + 32] & 3) << 2 | (q[v + 64] & 3) << 4 | (q[v + 96] & 3) << 6);
    }
  }

  private static final class Q3Codec extends SuperBlockCodec {
    private static final int QUANTS = 32;
    private static final int SCALES = 96;
    private static final int D = 108;

    Q3Codec() {
      super(TensorType.Q3_K);
    }

    /**
     * Low bits as in Q2_K; the high bit of value 32k + l is bit k of byte l. Of scale g, byte g mod 8 holds the low nibble (in its own low
     * nibble for g < 8), byte 8 + g mod 4 the two high bits, at 2·(g div 4).
     */
    @Override
    void decode(MemorySegment s, long at, float[] y, int to) {
      float d = f16(s, at + D);
      for (int g = 0; g < 16; g++) {
        int low = u8(s, at + SCALES + (g & 7)) >> (g & 8) / 2 & 15;
        int high = u8(s, at + SCALES + 8 + (g & 3)) >> 2 * (g >> 2) & 3;
        float scale = d * ((low | high << 4) - 32);
        long q = at + QUANTS + (g >> 3) * 32 + (g & 1) * 16;
        long h = at + (g & 1) * 16;
        int shift = g & 6;
        int bit = g >> 1;
        for (int j = 0; j < 16; j++) {
          int level = (u8(s, q + j) >> shift & 3) + (u8(s, h + j) >> bit & 1) * 4 - 4;
          y[to + 16 * g + j] = scale * level;
        }
      }
    }

    @Override
    void encode(Scratch k, MemorySegment s, long at) {
      float d = putF16(s, at + D, k.fitSymmetric(16, 4) / -32);
      Scratch.toLevels(k.scales, 16, d, -32, 31, k.levels);
      k.symmetricQuants(16, 4, d);
      for (int l = 0; l < 32; l++) {
        int bits = 0;
        for (int bit = 0; bit < 8; bit++) {
          bits |= k.q[32 * bit + l] >> 2 << bit;
        }
        putByte(s, at + l, bits);
      }
      putTwoBits(s, at + QUANTS, k.q);
      for (int i = 0; i < 8; i++) {
        putByte(s, at + SCALES + i, k.levels[i] + 32 & 15 | (k.levels[i + 8] + 32 & 15) << 4);
      }
      for (int i = 0; i < 4; i++) {
        int bits = 0;
        for (int j = 0; j < 4; j++) {
          bits |= k.levels[4 * j + i] + 32 >> 4 << 2 * j;
        }
        putByte(s, at + SCALES + 8 + i, bits);
      }
    }
  }

  /**
   * The 12 bytes of eight 6-bit scales and minima: bytes 0–3 hold scales 0–3, bytes 4–7 minima 0–3, in their six low bits; bytes 8–11 the
   * low nibbles of scales and minima 4–7, whose two high bits are the two high bits of bytes 0–3 and 4–7.
   */
  private static int scaleLevel(MemorySegment s, long at, int g) {
    return g < 4 ? u8(s, at + g) & 63 : u8(s, at + 4 + g) & 15 | u8(s, at + g - 4) >> 6 << 4;
  }

  private static int minimumLevel(MemorySegment s, long at, int g) {
    return g < 4 ? u8(s, at + 4 + g) & 63 : u8(s, at + 4 + g) >> 4 | u8(s, at + g) >> 6 << 4;
  }

  private static void putLevels(MemorySegment s, long at, int[] scales, int[] minima) {
    for (int g = 0; g < 4; g++) {
      putByte(s, at + g, scales[g] | scales[g + 4] >> 4 << 6);
      putByte(s, at + 4 + g, minima[g] | minima[g + 4] >> 4 << 6);
      putByte(s, at + 8 + g, scales[g + 4] & 15 | (minima[g + 4] & 15) << 4);
    }
  }

  /** Header of Q4_K and Q5_K: d, m and the levels; leaves the quants in the scratch memory. */
  private static void encodeHeader(Scratch k, int top, MemorySegment s, long at) {
    k.fitAffine(32, top);
    float d = putF16(s, at, BlockFit.extreme(k.scales, 0, 8) / 63);
    float m = putF16(s, at + 2, BlockFit.extreme(k.offsets, 0, 8) / 63);
    Scratch.toLevels(k.scales, 8, d, 0, 63, k.levels);
    Scratch.toLevels(k.offsets, 8, m, 0, 63, k.offsetLevels);
    k.affineQuants(32, top, d, m);
    putLevels(s, at + 4, k.levels, k.offsetLevels);
  }

  private static final class Q4Codec extends SuperBlockCodec {
    private static final int QUANTS = 16;

    Q4Codec() {
      super(TensorType.Q4_K);
    }

    /** Byte 32k + l holds value 64k + l below and 64k + 32 + l above. */
    @Override
    void decode(MemorySegment s, long at, float[] y, int to) {
      float d = f16(s, at);
      float m = f16(s, at + 2);
      for (int g = 0; g < 8; g++) {
        float scale = d * scaleLevel(s, at + 4, g);
        float offset = m * minimumLevel(s, at + 4, g);
        long q = at + QUANTS + (g >> 1) * 32;
        int shift = (g & 1) * 4;
        for (int j = 0; j < 32; j++) {
          y[to + 32 * g + j] = scale * (u8(s, q + j) >> shift & 15) - offset;
        }
      }
    }

    @Override
    void encode(Scratch k, MemorySegment s, long at) {
      encodeHeader(k, 15, s, at);
      putNibbles(s, at + QUANTS, k.q);
    }
  }

  /** Stores the low nibbles of all quants in the order of Q4_K and Q5_K. */
  private static void putNibbles(MemorySegment s, long at, int[] q) {
    for (int l = 0; l < 128; l++) {
      int v = (l >> 5) * 64 + (l & 31);
      putByte(s, at + l, q[v] & 15 | (q[v + 32] & 15) << 4);
    }
  }

  private static final class Q5Codec extends SuperBlockCodec {
    private static final int HIGH = 16;
    private static final int QUANTS = 48;

    Q5Codec() {
      super(TensorType.Q5_K);
    }

    /** Low nibbles as in Q4_K; the high bit of value 32g + l is bit g of byte l. */
    @Override
    void decode(MemorySegment s, long at, float[] y, int to) {
      float d = f16(s, at);
      float m = f16(s, at + 2);
      for (int g = 0; g < 8; g++) {
        float scale = d * scaleLevel(s, at + 4, g);
        float offset = m * minimumLevel(s, at + 4, g);
        long q = at + QUANTS + (g >> 1) * 32;
        int shift = (g & 1) * 4;
        for (int j = 0; j < 32; j++) {
          int level = (u8(s, q + j) >> shift & 15) + (u8(s, at + HIGH + j) >> g & 1) * 16;
          y[to + 32 * g + j] = scale * level - offset;
        }
      }
    }

    @Override
    void encode(Scratch k, MemorySegment s, long at) {
      encodeHeader(k, 31, s, at);
      for (int l = 0; l < 32; l++) {
        int bits = 0;
        for (int g = 0; g < 8; g++) {
          bits |= k.q[32 * g + l] >> 4 << g;
        }
        putByte(s, at + HIGH + l, bits);
      }
      putNibbles(s, at + QUANTS, k.q);
    }
  }

  private static final class Q6Codec extends SuperBlockCodec {
    private static final int HIGH = 128;
    private static final int SCALES = 192;
    private static final int D = 208;

    Q6Codec() {
      super(TensorType.Q6_K);
    }

    /**
     * In half h, low byte 64h + l (0 … 63) holds value 128h + l below and 128h + 64 + l above; high byte 32h + l (0 … 31) holds, two bits
     * each from the lowest, values 128h + l, + 32, + 64, + 96.
     */
    @Override
    void decode(MemorySegment s, long at, float[] y, int to) {
      float d = f16(s, at + D);
      for (int g = 0; g < 16; g++) {
        float scale = d * i8(s, at + SCALES + g);
        long low = at + (g >> 3) * 64 + (g & 3) * 16;
        long high = at + HIGH + (g >> 3) * 32 + (g & 1) * 16;
        int lowShift = g & 4;
        int highShift = g & 6;
        for (int j = 0; j < 16; j++) {
          int level = (u8(s, low + j) >> lowShift & 15 | (u8(s, high + j) >> highShift & 3) << 4) - 32;
          y[to + 16 * g + j] = scale * level;
        }
      }
    }

    @Override
    void encode(Scratch k, MemorySegment s, long at) {
      float d = putF16(s, at + D, k.fitSymmetric(16, 32) / -128);
      Scratch.toLevels(k.scales, 16, d, -128, 127, k.levels);
      k.symmetricQuants(16, 32, d);
      for (int g = 0; g < 16; g++) {
        putByte(s, at + SCALES + g, k.levels[g]);
      }
      for (int l = 0; l < 128; l++) {
        int v = (l >> 6) * 128 + (l & 63);
        putByte(s, at + l, k.q[v] & 15 | (k.q[v + 64] & 15) << 4);
      }
      for (int l = 0; l < 64; l++) {
        int v = (l >> 5) * 128 + (l & 31);
        putByte(s, at + HIGH + l, k.q[v] >> 4 | k.q[v + 32] >> 4 << 2 | k.q[v + 64] >> 4 << 4 | k.q[v + 96] >> 4 << 6);
      }
    }
  }
}
