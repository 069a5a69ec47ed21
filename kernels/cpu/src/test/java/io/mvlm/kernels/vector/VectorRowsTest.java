package io.mvlm.kernels.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** The sum of a row. */
class VectorRowsTest {
  /** Enough for the compiler to take over from the interpreter. */
  private static final int CALLS = 20_000;

  /** Halves onto halves, bit for bit, from the first call to those of compiled code. */
  @Test
  void sumsInOneOrder() {
    Random random = new Random(1);
    float[] x = new float[Lanes.LANES];
    for (int call = 0; call < CALLS; call++) {
      for (int i = 0; i < x.length; i++) {
        x[i] = (float) random.nextGaussian() * (1 << random.nextInt(20));
      }
      float actual = VectorRows.sum(x, 0, x.length);
      for (int half = x.length / 2; half > 0; half /= 2) {
        for (int i = 0; i < half; i++) {
          x[i] += x[i + half];
        }
      }
      assertEquals(x[0], actual);
    }
  }
}
