package io.mvlm.kernels.cpu;

import io.mvlm.core.Activation;
import io.mvlm.core.Backend;
import io.mvlm.core.Execution;

/** Attention in which every row sees every row, against the textbook formula in double precision. */
public final class AttentionChecks {
  private final Backends backends;
  private final RandomTensors random;

  public AttentionChecks(Backends backends, long seed) {
    this.backends = backends;
    this.random = new RandomTensors(seed);
  }

  /** Queries, keys and values are views of one {@code [rows, 3·heads·headSize]}. */
  public void attention(int rows, int heads, int headSize, float magnitude) {
    int width = heads * headSize;
    float[] qkv = random.floats(rows * 3 * width, magnitude);
    float scale = (float) (1 / Math.sqrt(headSize));
    double[] expected = new double[rows * width];
    double[] scores = new double[rows];
    for (int h = 0; h < heads; h++) {
      for (int r = 0; r < rows; r++) {
        int query = r * 3 * width + h * headSize;
        for (int p = 0; p < rows; p++) {
          scores[p] = scale * dot(qkv, query, qkv, p * 3 * width + width + h * headSize, headSize);
        }
        softmax(scores, rows);
        for (int p = 0; p < rows; p++) {
          for (int d = 0; d < headSize; d++) {
            expected[r * width + h * headSize + d] += scores[p] * qkv[p * 3 * width + 2 * width + h * headSize + d];
          }
        }
      }
    }
    for (Backend backend : backends.all()) {
      Closeness.check(backend.description() + ", attention of " + rows + " rows, " + heads + " heads of " + headSize, expected,
          tolerance(magnitude, qkv), Backends.compute(backend, ex -> attend(ex, qkv, rows, width, headSize, scale)));
    }
  }

  private static Activation attend(Execution ex, float[] qkv, int rows, int width, int headSize, float scale) {
    Activation x = ex.input(qkv, rows, 3 * width);
    return ex.attention(ex.columns(x, 0, width), ex.columns(x, width, width), ex.columns(x, 2 * width, width), headSize, scale);
  }

  /** An absolute error of a score, some rounding steps of its size, is a relative error of its weight. */
  static double tolerance(float magnitude, float[] values) {
    return 1e-5 * Math.max(1, magnitude * magnitude) * Closeness.largestMagnitude(values);
  }

  static double dot(float[] x, int xo, float[] y, int yo, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum += (double) x[xo + i] * y[yo + i];
    }
    return sum;
  }

  static void softmax(double[] scores, int n) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < n; i++) {
      largest = Math.max(largest, scores[i]);
    }
    double sum = 0;
    for (int i = 0; i < n; i++) {
      scores[i] = Math.exp(scores[i] - largest);
      sum += scores[i];
    }
    for (int i = 0; i < n; i++) {
      scores[i] /= sum;
    }
  }
}
