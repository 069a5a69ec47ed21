package io.mvlm.core;

import static io.mvlm.core.LittleEndian.f16;
import static io.mvlm.core.LittleEndian.i32;
import static io.mvlm.core.LittleEndian.i8;
import static io.mvlm.core.LittleEndian.putByte;
import static io.mvlm.core.LittleEndian.putF16;
import static io.mvlm.core.LittleEndian.putInt;
import static io.mvlm.core.LittleEndian.u8;

import java.lang.foreign.MemorySegment;

/**
 * Blocks of 32 values with one 16-bit scale {@code d} (and, in the {@code _1} formats, one 16-bit minimum {@code m}). Quants of 4 or 5
 * bits keep their lower nibbles in 16 bytes: byte j holds value j below and value j + 16 above; the fifth bits are a 32-bit word, bit j
 * for value j.
 *
 * <p>Quantisers give the bytes of the reference quantiser for all values that the format can hold. NaN counts as 0, and what lies beyond
 * the largest scale (infinity too) as the largest value.
 */
final class LegacyQuantCodecs {
  /** {@code struct { f16 d; u4 q[32]; }}: x = d·(q − 8), 18 bytes. */
  static final BlockCodec Q4_0 = new Q40Codec();

  /** {@code struct { f16 d; f16 m; u4 q[32]; }}: x = d·q + m, 20 bytes. */
  static final BlockCodec Q4_1 = new Q41Codec();

  /** {@code struct { f16 d; u1 h[32]; u4 l[32]; }}: x = d·(l + 16·h − 16), 22 bytes. */
  static final BlockCodec Q5_0 = new Q50Codec();

  /** {@code struct { f16 d; f16 m; u1 h[32]; u4 l[32]; }}: x = d·(l + 16·h) + m, 24 bytes. */
  static final BlockCodec Q5_1 = new Q51Codec();

  /** {@code struct { f16 d; i8 q[32]; }}: x = d·q, 34 bytes. */
  static final BlockCodec Q8_0 = new Q80Codec();

  static final float MAX_F16 = 65504f;
  private static final int N = 32;
  private static final int HALF = N / 2;

  private LegacyQuantCodecs() {}

  /** {@code x} within ±limit; 0 for NaN. */
  static float tame(float x, float limit) {
    return x != x ? 0f : Math.max(-limit, Math.min(limit, x));
  }

  /** The value of largest magnitude among 32, the first of equals, within ±limit. */
  private static float extreme(float[] x, int from, float limit) {
    float magnitude = 0f;
    float extreme = 0f;
    for (int j = 0; j < N; j++) {
      float v = tame(x[from + j], limit);
      if (magnitude < Math.abs(v)) {
        magnitude = Math.abs(v);
        extreme = v;
      }
    }
    return extreme;
  }

  private static float minimum(float[] x, int from) {
    float minimum = Float.MAX_VALUE;
    for (int j = 0; j < N; j++) {
      float v = tame(x[from + j], MAX_F16);
      minimum = v < minimum ? v : minimum;
    }
    return minimum;
  }

  private static float maximum(float[] x, int from) {
    float maximum = -Float.MAX_VALUE;
    for (int j = 0; j < N; j++) {
      float v = tame(x[from + j], MAX_F16);
      maximum = v > maximum ? v : maximum;
    }
    return maximum;
  }

  private static float inverse(float d) {
    return d == 0f ? 0f : 1f / d;
  }

  private static final class Q40Codec extends BlockwiseCodec {
    Q40Codec() {
      super(TensorType.Q4_0);
    }

    @Override
    void decode(MemorySegment s, long at, float[] y, int to) {
      float d = f16(s, at);
      for (int j = 0; j < HALF; j++) {
        int q = u8(s, at + 2 + j);
        y[to + j] = ((q & 15) - 8) * d;
        y[to + j + HALF] = ((q >> 4) - 8) * d;
      }
    }

    @Override
    Encoder encoder() {
      return Q40Codec::encode;
    }

    private static void encode(float[] x, int from, MemorySegment s, long at) {
      float limit = 8 * MAX_F16;
      float d = extreme(x, from, limit) / -8;
      float id = inverse(d);
      putF16(s, at, d);
      for (int j = 0; j < HALF; j++) {
        int low = Math.min(15, (int) (tame(x[from + j], limit) * id + 8.5f));
        int high = Math.min(15, (int) (tame(x[from + j + HALF], limit) * id + 8.5f));
        putByte(s, at + 2 + j, low | high << 4);
      }
    }
  }

  private static final class Q41Codec extends BlockwiseCodec {
    Q41Codec() {
      super(TensorType.Q4_1);
    }

    @Override
    void decode(MemorySegment s, long at, float[] y, int to) {
      float d = f16(s, at);
      float m = f16(s, at + 2);
      for (int j = 0; j < HALF; j++) {
        int q = u8(s, at + 4 + j);
        y[to + j] = (q & 15) * d + m;
        y[to + j + HALF] = (q >> 4) * d + m;
      }
    }

    @Override
    Encoder encoder() {
      return Q41Codec::encode;
    }

    private static void encode(float[] x, int from, MemorySegment s, long at) {
      float m = minimum(x, from);
      float d = (maximum(x, from) - m) / 15;
      float id = inverse(d);
      putF16(s, at, d);
      putF16(s, at + 2, m);
      for (int j = 0; j < HALF; j++) {
        int low = Math.min(15, (int) ((tame(x[from + j], MAX_F16) - m) * id + 0.5f));
        int high = Math.min(15, (int) ((tame(x[from + j + HALF], MAX_F16) - m) * id + 0.5f));
        putByte(s, at + 4 + j, low | high << 4);
      }
    }
  }

  private static final class Q50Codec extends BlockwiseCodec {
    Q50Codec() {
      super(TensorType.Q5_0);
    }

    @Override
    void decode(MemorySegment s, long at, float[] y, int to) {
      float d = f16(s, at);
      int h = i32(s, at + 2);
      for (int j = 0; j < HALF; j++) {
        int l = u8(s, at + 6 + j);
        y[to + j] = ((l & 15 | (h >>> j & 1) << 4) - 16) * d;
        y[to + j + HALF] = ((l >> 4 | (h >>> j + HALF & 1) << 4) - 16) * d;
      }
    }

    @Override
    Encoder encoder() {
      return Q50Codec::encode;
    }

    private static void encode(float[] x, int from, MemorySegment s, long at) {
      float limit = 16 * MAX_F16;
      float d = extreme(x, from, limit) / -16;
      float id = inverse(d);
      putF16(s, at, d);
      int h = 0;
      for (int j = 0; j < HALF; j++) {
        int low = Math.min(31, (int) (tame(x[from + j], limit) * id + 16.5f));
        int high = Math.min(31, (int) (tame(x[from + j + HALF], limit) * id + 16.5f));
        putByte(s, at + 6 + j, low & 15 | (high & 15) << 4);
        h |= low >> 4 << j | high >> 4 << j + HALF;
      }
      putInt(s, at + 2, h);
    }
  }

  private static final class Q51Codec extends BlockwiseCodec {
    Q51Codec() {
      super(TensorType.Q5_1);
    }

    @Override
    void decode(MemorySegment s, long at, float[] y, int to) {
      float d = f16(s, at);
      float m = f16(s, at + 2);
      int h = i32(s, at + 4);
      for (int j = 0; j < HALF; j++) {
        int l = u8(s, at + 8 + j);
        y[to + j] = (l & 15 | (h >>> j & 1) << 4) * d + m;
        y[to + j + HALF] = (l >> 4 | (h >>> j + HALF & 1) << 4) * d + m;
      }
    }

    @Override
    Encoder encoder() {
      return Q51Codec::encode;
    }

    private static void encode(float[] x, int from, MemorySegment s, long at) {
      float m = minimum(x, from);
      float d = (maximum(x, from) - m) / 31;
      float id = inverse(d);
      putF16(s, at, d);
      putF16(s, at + 2, m);
      int h = 0;
      for (int j = 0; j < HALF; j++) {
        int low = Math.min(31, (int) ((tame(x[from + j], MAX_F16) - m) * id + 0.5f));
        int high = Math.min(31, (int) ((tame(x[from + j + HALF], MAX_F16) - m) * id + 0.5f));
        putByte(s, at + 8 + j, low & 15 | (high & 15) << 4);
        h |= low >> 4 << j | high >> 4 << j + HALF;
      }
      putInt(s, at + 4, h);
    }
  }

  private static final class Q80Codec extends BlockwiseCodec {
    Q80Codec() {
      super(TensorType.Q8_0);
    }

    @Override
    void decode(MemorySegment s, long at, float[] y, int to) {
      float d = f16(s, at);
      for (int j = 0; j < N; j++) {
        y[to + j] = i8(s, at + 2 + j) * d;
      }
    }

    @Override
    Encoder encoder() {
      return Q80Codec::encode;
    }

    private static void encode(float[] x, int from, MemorySegment s, long at) {
      float limit = 127 * MAX_F16;
      float d = Math.abs(extreme(x, from, limit)) / 127;
      float id = inverse(d);
      putF16(s, at, d);
      for (int j = 0; j < N; j++) {
        float q = tame(x[from + j], limit) * id;
        // Halves round away from zero; the sum is exact in a double.
        putByte(s, at + 2 + j, (int) (q + Math.copySign(0.5, q)));
      }
    }
  }
}
