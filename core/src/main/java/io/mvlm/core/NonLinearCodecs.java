package io.mvlm.core;

import static io.mvlm.core.LittleEndian.f16;
import static io.mvlm.core.LittleEndian.putByte;
import static io.mvlm.core.LittleEndian.putF16;
import static io.mvlm.core.LittleEndian.putShort;
import static io.mvlm.core.LittleEndian.u16;
import static io.mvlm.core.LittleEndian.u8;

import java.lang.foreign.MemorySegment;

/**
 * Four bits choose one of 16 unevenly spaced levels, denser near 0. Quantisers search for good scales; NaN counts as 0, magnitudes beyond
 * the 16-bit float range as that range's end.
 */
final class NonLinearCodecs {
  /** {@code struct { f16 d; u4 q[32]; }}, 18 bytes: x = d·LEVELS[q], nibbles as in Q4_0. */
  static final BlockCodec IQ4_NL = new NlCodec();

  /**
   * {@code struct { f16 d; u2 h[8]; u4 l[8]; u4 q[256]; }}, 136 bytes: sub-blocks of 32, x = d·(l + 16·h − 32)·LEVELS[q], nibbles of each
   * sub-block as in Q4_0.
   */
  static final BlockCodec IQ4_XS = new XsCodec();

  private static final int N = 32;
  private static final int HALF = N / 2;
  private static final int SUPER = 256;

  private static final byte[] LEVELS = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

  /** The level nearest to x is {@code NEAREST[⌊2x⌋ + 256]} for −128 ≤ x < 128: midpoints between levels are multiples of ½. */
  private static final byte[] NEAREST = new byte[512];

  static {
    for (int i = 0; i < NEAREST.length; i++) {
      int level = 0;
      while (level < 15 && i - 256 >= LEVELS[level] + LEVELS[level + 1]) {
        level++;
      }
      NEAREST[i] = (byte) level;
    }
  }

  private NonLinearCodecs() {}

  /** Index of the level nearest to x. */
  private static int nearest(float x) {
    return NEAREST[(int) (Math.max(-128f, Math.min(127f, x)) * 2 + 256)];
  }

  private static void decode32(float scale, MemorySegment s, long at, float[] y, int to) {
    for (int j = 0; j < HALF; j++) {
      int q = u8(s, at + j);
      y[to + j] = scale * LEVELS[q & 15];
      y[to + j + HALF] = scale * LEVELS[q >> 4];
    }
  }

  private static void encode32(float scale, float[] x, int from, MemorySegment s, long at) {
    float inverse = BlockFit.inverse(scale);
    for (int j = 0; j < HALF; j++) {
      putByte(s, at + j, nearest(x[from + j] * inverse) | nearest(x[from + j + HALF] * inverse) << 4);
    }
  }

  /** The scale for which the nearest levels fit 32 values best, by least squares with weights x². */
  private static float fit(float[] x, int from) {
    float extreme = BlockFit.extreme(x, from, N);
    if (BlockFit.inverse(extreme) == 0f) {
      return 0f;
    }
    float best = 0f;
    float scale = 0f;
    for (int step = -4; step <= 4; step++) {
      float inverse = (LEVELS[0] + 1.75f * step) / extreme;
      float xq = 0f;
      float qq = 0f;
      for (int i = from; i < from + N; i++) {
        float v = x[i];
        float q = LEVELS[nearest(v * inverse)];
        xq += v * v * v * q;
        qq += v * v * q * q;
      }
      if (qq > 0 && xq * xq > best * qq) {
        scale = xq / qq;
        best = scale * xq;
      }
    }
    return scale;
  }

  private static void load(float[] source, int from, float[] x) {
    for (int i = 0; i < x.length; i++) {
      x[i] = LegacyQuantCodecs.tame(source[from + i], LegacyQuantCodecs.MAX_F16);
    }
  }

  private static final class NlCodec extends BlockwiseCodec {
    NlCodec() {
      super(TensorType.IQ4_NL);
    }

    @Override
    void decode(MemorySegment s, long at, float[] y, int to) {
      decode32(f16(s, at), s, at + 2, y, to);
    }

    @Override
    Encoder encoder() {
      float[] tamed = new float[N];
      return (x, from, s, at) -> {
        load(x, from, tamed);
        encode32(putF16(s, at, fit(tamed, 0)), tamed, 0, s, at + 2);
      };
    }
  }

  private static final class XsCodec extends BlockwiseCodec {
    private static final int LOW = 4;
    private static final int QUANTS = 8;

    XsCodec() {
      super(TensorType.IQ4_XS);
    }

    @Override
    void decode(MemorySegment s, long at, float[] y, int to) {
      float d = f16(s, at);
      int high = u16(s, at + 2);
      for (int g = 0; g < 8; g++) {
        int level = u8(s, at + LOW + (g >> 1)) >> (g & 1) * 4 & 15 | (high >> 2 * g & 3) << 4;
        decode32(d * (level - 32), s, at + QUANTS + 16 * g, y, to + N * g);
      }
    }

    @Override
    Encoder encoder() {
      float[] tamed = new float[SUPER];
      float[] scales = new float[8];
      return (x, from, s, at) -> {
        load(x, from, tamed);
        encode(tamed, scales, s, at);
      };
    }

    private static void encode(float[] x, float[] scales, MemorySegment s, long at) {
      for (int g = 0; g < 8; g++) {
        scales[g] = fit(x, N * g);
      }
      float d = putF16(s, at, BlockFit.extreme(scales, 0, 8) / -32);
      float inverse = BlockFit.inverse(d);
      int high = 0;
      int low = 0;
      for (int g = 0; g < 8; g++) {
        int level = BlockFit.quant(scales[g] * inverse, -32, 31);
        encode32(d * level, x, N * g, s, at + QUANTS + 16 * g);
        high |= level + 32 >> 4 << 2 * g;
        low |= (level + 32 & 15) << 4 * g;
      }
      putShort(s, at + 2, high);
      LittleEndian.putInt(s, at + LOW, low);
    }
  }
}
