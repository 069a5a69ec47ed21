package io.mvlm.model.image;

/**
 * The inverse DCT of an 8×8 block in 13-bit fixed point: Loeffler, Ligtenberg and Moschytz 1989, columns first with two more bits kept,
 * then rows. The rounding is that of libjpeg's accurate integer method, so that the samples are equal.
 */
final class JpegIdct {
  private static final int BITS = 13;
  private static final int KEPT = 2;

  /** cos and sin combinations of the factorisation, times 2^13, named by their value. */
  private static final int C0_298 = 2446;
  private static final int C0_390 = 3196;
  private static final int C0_541 = 4433;
  private static final int C0_765 = 6270;
  private static final int C0_899 = 7373;
  private static final int C1_175 = 9633;
  private static final int C1_501 = 12299;
  private static final int C1_847 = 15137;
  private static final int C1_961 = 16069;
  private static final int C2_053 = 16819;
  private static final int C2_562 = 20995;
  private static final int C3_072 = 25172;

  private JpegIdct() {
  }

  /** Turns 64 dequantised coefficients (natural order; overwritten) into 8 rows of 8 samples at {@code out[at]}. */
  static void transform(int[] block, byte[] out, int at, int stride) {
    for (int x = 0; x < 8; x++) {
      if ((block[x + 8] | block[x + 16] | block[x + 24] | block[x + 32] | block[x + 40] | block[x + 48] | block[x + 56]) == 0) {
        int flat = block[x] << KEPT;
        for (int i = x; i < 64; i += 8) {
          block[i] = flat;
        }
      } else {
        eight(block, x, 8, BITS - KEPT);
      }
    }
    for (int y = 0; y < 8; y++) {
      eight(block, 8 * y, 1, BITS + KEPT + 3);
      int to = at + y * stride;
      for (int i = 8 * y; i < 8 * y + 8; i++) {
        out[to++] = sample(block[i]);
      }
    }
  }

  /** The same for a block whose only coefficient is the first. */
  static void flat(int dc, byte[] out, int at, int stride) {
    byte value = sample(dc + 4 >> 3);
    for (int y = 0; y < 8; y++) {
      int to = at + y * stride;
      for (int x = 0; x < 8; x++) {
        out[to + x] = value;
      }
    }
  }

  /** Shifts the middle to 128 and clips to 0…255. */
  private static byte sample(int value) {
    int shifted = value + 128;
    return (byte) ((shifted & ~255) == 0 ? shifted : ~shifted >> 31);
  }

  private static void eight(int[] b, int at, int step, int shift) {
    int i1 = at + step;
    int i2 = i1 + step;
    int i3 = i2 + step;
    int i4 = i3 + step;
    int i5 = i4 + step;
    int i6 = i5 + step;
    int i7 = i6 + step;
    int round = 1 << shift - 1;

    int turn = (b[i2] + b[i6]) * C0_541;
    int e2 = turn - b[i6] * C1_847;
    int e3 = turn + b[i2] * C0_765;
    int e0 = b[at] + b[i4] << BITS;
    int e1 = b[at] - b[i4] << BITS;
    int s0 = e0 + e3 + round;
    int s3 = e0 - e3 + round;
    int s1 = e1 + e2 + round;
    int s2 = e1 - e2 + round;

    int p = b[i7];
    int q = b[i5];
    int r = b[i3];
    int s = b[i1];
    int all = (p + q + r + s) * C1_175;
    int ps = -C0_899 * (p + s);
    int qr = -C2_562 * (q + r);
    int pr = all - C1_961 * (p + r);
    int qs = all - C0_390 * (q + s);
    int o0 = p * C0_298 + ps + pr;
    int o1 = q * C2_053 + qr + qs;
    int o2 = r * C3_072 + qr + pr;
    int o3 = s * C1_501 + ps + qs;

    b[at] = s0 + o3 >> shift;
    b[i7] = s0 - o3 >> shift;
    b[i1] = s1 + o2 >> shift;
    b[i6] = s1 - o2 >> shift;
    b[i2] = s2 + o1 >> shift;
    b[i5] = s2 - o1 >> shift;
    b[i3] = s3 + o0 >> shift;
    b[i4] = s3 - o0 >> shift;
  }
}
