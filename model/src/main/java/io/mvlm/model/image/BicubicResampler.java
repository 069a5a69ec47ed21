package io.mvlm.model.image;

/**
 * One axis of the antialiased bicubic resize (Keys' kernel with a = −0.5; when shrinking, the kernel is stretched by the ratio) from
 * {@code n} to {@code size} positions, with weights in 22-bit fixed point, as Pillow has them. Output i is the sum over the inputs
 * {@code first(i) … first(i) + count(i) − 1}, plus {@link #HALF}, shifted and clipped by {@link #clip}.
 */
final class BicubicResampler {
  static final int BITS = 22;
  static final int HALF = 1 << BITS - 1;
  private static final double A = -0.5;

  /** For output i: first input, and the start of its weights; both have size + 1 entries. */
  final int[] first;
  final int[] start;
  final int[] weights;

  BicubicResampler(int n, int size) {
    double scale = (double) n / size;
    double stretch = Math.max(scale, 1);
    double support = 2 * stretch;
    first = new int[size + 1];
    start = new int[size + 1];
    for (int i = 0; i < size; i++) {
      double centre = (i + 0.5) * scale;
      first[i] = Math.max(0, (int) (centre - support + 0.5));
      start[i + 1] = start[i] + Math.min(n, (int) (centre + support + 0.5)) - first[i];
    }
    first[size] = n;
    weights = new int[start[size]];
    double[] w = new double[(int) Math.ceil(support) * 2 + 1];
    for (int i = 0; i < size; i++) {
      double centre = (i + 0.5) * scale;
      int count = count(i);
      double sum = 0;
      for (int k = 0; k < count; k++) {
        w[k] = kernel((k + first[i] - centre + 0.5) * (1 / stretch));
        sum += w[k];
      }
      for (int k = 0; k < count; k++) {
        double exact = w[k] / sum * (1 << BITS);
        weights[start[i] + k] = (int) (exact < 0 ? exact - 0.5 : exact + 0.5);
      }
    }
  }

  int count(int i) {
    return start[i + 1] - start[i];
  }

  /** The sum of output i's weights on the inputs outside {@code [from, to)}. */
  int weightOutside(int i, int from, int to) {
    int sum = 0;
    for (int k = 0; k < count(i); k++) {
      int input = first[i] + k;
      if (input < from || input >= to) {
        sum += weights[start[i] + k];
      }
    }
    return sum;
  }

  static int clip(int sum) {
    int value = sum >> BITS;
    return (value & ~255) == 0 ? value : ~value >> 31 & 255;
  }

  private static double kernel(double x) {
    double d = Math.abs(x);
    if (d < 1) {
      return ((A + 2) * d - (A + 3)) * d * d + 1;
    }
    return d < 2 ? (((d - 5) * d + 8) * d - 4) * A : 0;
  }
}
