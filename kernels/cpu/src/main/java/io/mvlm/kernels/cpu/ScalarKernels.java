package io.mvlm.kernels.cpu;

import io.mvlm.core.Nonlinearity;
import io.mvlm.core.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** Plain loops with float activations: the meaning of every kernel, and the oracle that the others are tested against. */
public class ScalarKernels implements CpuKernels {
  private static final double SQRT_2 = Math.sqrt(2);
  private static final double SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);
  /** 1 KiB, which every first-level cache holds. */
  private static final int PEAK_SUMS = 256;

  @Override
  public String name() {
    return "scalar";
  }

  @Override
  public String description() {
    return "plain Java, float activations";
  }

  @Override
  public PackedMatrix pack(PackingContext context, Tensor... stacked) {
    return ScalarMatrix.pack(context, stacked);
  }

  @Override
  public void packTile(float[] x, int offset, int stride, int rows, int columns, float[] target, int targetOffset, int padded) {
    for (int k = 0; k < padded; k++) {
      for (int t = 0; t < LinearInput.TILE; t++) {
        target[targetOffset + k * LinearInput.TILE + t] = t < rows && k < columns ? x[offset + t * stride + k] : 0;
      }
    }
  }

  @Override
  public void quantize(float[] x, int offset, int columns, int[] pairs, int pairOffset, float[] scales, int scaleOffset, int[] sums,
      int sumOffset, int padded) {
    for (int block = 0; block < padded; block += LinearInput.BLOCK) {
      float largest = 0;
      for (int k = block; k < Math.min(columns, block + LinearInput.BLOCK); k++) {
        largest = Math.max(largest, Math.abs(x[offset + k]));
      }
      float step = largest / 127;
      float inverse = step == 0 ? 0 : Math.min(1 / step, Float.MAX_VALUE); // 0 times infinity would be no number
      scales[scaleOffset + block / LinearInput.BLOCK] = step * LinearInput.SCALE;
      for (int half = block; half < block + LinearInput.BLOCK; half += LinearInput.HALF) {
        int sum = 0;
        for (int k = half; k < half + LinearInput.HALF; k += 2) {
          int first = k < columns ? round(x[offset + k] * inverse) : 0;
          int second = k + 1 < columns ? round(x[offset + k + 1] * inverse) : 0;
          pairs[pairOffset + k / 2] = first & 0xffff | second << 16;
          sum += first + second;
        }
        sums[sumOffset + half / LinearInput.HALF] = sum;
      }
    }
  }

  /** To even. The bound matters where the inverse of a step was rounded up. */
  private static int round(float value) {
    return (int) Math.rint(Math.clamp(value, -127f, 127f));
  }

  // ---- row by row

  @Override
  public void add(CpuActivation x, CpuActivation y, CpuActivation z) {
    for (int r = 0; r < z.rows(); r++) {
      add(x.data(), x.row(r), y.data(), y.row(r), z.data(), z.row(r), z.columns());
    }
  }

  @Override
  public void multiply(CpuActivation x, CpuActivation y, CpuActivation z) {
    for (int r = 0; r < z.rows(); r++) {
      multiply(x.data(), x.row(r), y.data(), y.row(r), z.data(), z.row(r), z.columns());
    }
  }

  @Override
  public void scale(CpuActivation x, float factor, CpuActivation z) {
    for (int r = 0; r < z.rows(); r++) {
      scale(x.data(), x.row(r), factor, z.data(), z.row(r), z.columns());
    }
  }

  @Override
  public void apply(Nonlinearity f, CpuActivation x, CpuActivation y) {
    for (int r = 0; r < y.rows(); r++) {
      apply(f, x.data(), x.row(r), y.data(), y.row(r), y.columns());
    }
  }

  @Override
  public void gatedSilu(CpuActivation gate, CpuActivation up, CpuActivation y) {
    for (int r = 0; r < y.rows(); r++) {
      gatedSilu(gate.data(), gate.row(r), up.data(), up.row(r), y.data(), y.row(r), y.columns());
    }
  }

  @Override
  public void layerNorm(CpuActivation x, float[] gain, float[] bias, float eps, CpuActivation y) {
    for (int r = 0; r < y.rows(); r++) {
      layerNorm(x.data(), x.row(r), gain, bias, eps, y.data(), y.row(r), y.columns());
    }
  }

  @Override
  public void rmsNorm(CpuActivation x, float[] gain, float eps, CpuActivation y) {
    for (int r = 0; r < y.rows(); r++) {
      rmsNorm(x.data(), x.row(r), gain, eps, y.data(), y.row(r), y.columns());
    }
  }

  @Override
  public void rotateAdjacent(CpuActivation x, int headSize, float[] cos, float[] sin, int at, int pairs) {
    for (int r = 0; r < x.rows(); r++) {
      for (int c = 0; c < x.columns(); c += headSize) {
        rotateAdjacent(x.data(), x.row(r) + c, cos, sin, at + r * pairs, pairs);
      }
    }
  }

  @Override
  public void rotateHalves(CpuActivation x, int headSize, float[] cos, float[] sin, int at, int pairs) {
    for (int r = 0; r < x.rows(); r++) {
      for (int c = 0; c < x.columns(); c += headSize) {
        rotateHalves(x.data(), x.row(r) + c, cos, sin, at + r * pairs, pairs);
      }
    }
  }

  @Override
  public void depthwise(CpuActivation x, int height, int width, float[] taps, float[] bias, int stride, CpuActivation y, int from, int to) {
    int channels = y.columns();
    int across = (width + stride - 1) / stride;
    for (int pixel = from; pixel < to; pixel++) {
      int at = y.row(pixel);
      if (bias == null) {
        Arrays.fill(y.data(), at, at + channels, 0f);
      } else {
        System.arraycopy(bias, 0, y.data(), at, channels);
      }
      for (int tap = 0; tap < 9; tap++) {
        int i = pixel / across * stride + tap / 3 - 1;
        int j = pixel % across * stride + tap % 3 - 1;
        if (i >= 0 && i < height && j >= 0 && j < width) {
          multiplyAdd(x.data(), x.row(i * width + j), taps, tap * channels, y.data(), at, channels);
        }
      }
    }
  }

  // ---- one row of n values

  /** z = x + y */
  public void add(float[] x, int xo, float[] y, int yo, float[] z, int zo, int n) {
    for (int i = 0; i < n; i++) {
      z[zo + i] = x[xo + i] + y[yo + i];
    }
  }

  /** z = x·y */
  public void multiply(float[] x, int xo, float[] y, int yo, float[] z, int zo, int n) {
    for (int i = 0; i < n; i++) {
      z[zo + i] = x[xo + i] * y[yo + i];
    }
  }

  /** z = z + x·y */
  public void multiplyAdd(float[] x, int xo, float[] y, int yo, float[] z, int zo, int n) {
    for (int i = 0; i < n; i++) {
      z[zo + i] += x[xo + i] * y[yo + i];
    }
  }

  /** z = x·factor */
  public void scale(float[] x, int xo, float factor, float[] z, int zo, int n) {
    for (int i = 0; i < n; i++) {
      z[zo + i] = x[xo + i] * factor;
    }
  }

  /** y = f(x) */
  public void apply(Nonlinearity f, float[] x, int xo, float[] y, int yo, int n) {
    for (int i = 0; i < n; i++) {
      y[yo + i] = apply(f, x[xo + i]);
    }
  }

  private static float apply(Nonlinearity f, float x) {
    return switch (f) {
      case IDENTITY -> x;
      case GELU -> (float) (x / 2.0 * (1 + ErrorFunction.erf(x / SQRT_2)));
      case GELU_TANH -> (float) (x / 2.0 * (1 + Math.tanh(SQRT_2_OVER_PI * (x + 0.044715 * x * x * x))));
      case GELU_QUICK -> (float) (x / (1 + Math.exp(-1.702 * x)));
      case SILU -> (float) (x / (1 + Math.exp(-x)));
      case RELU -> Math.max(x, 0);
      case HARD_SWISH -> x * Math.clamp(x + 3, 0f, 6f) / 6;
      case HARD_SIGMOID -> Math.clamp(x + 3, 0f, 6f) / 6;
    };
  }

  /** y = silu(gate)·up */
  public void gatedSilu(float[] gate, int go, float[] up, int uo, float[] y, int yo, int n) {
    for (int i = 0; i < n; i++) {
      y[yo + i] = apply(Nonlinearity.SILU, gate[go + i]) * up[uo + i];
    }
  }

  public void layerNorm(float[] x, int xo, float[] gain, float[] bias, float eps, float[] y, int yo, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum += x[xo + i];
    }
    double mean = sum / n;
    double squares = 0;
    for (int i = 0; i < n; i++) {
      squares += (x[xo + i] - mean) * (x[xo + i] - mean);
    }
    double inverse = 1 / Math.sqrt(squares / n + eps);
    for (int i = 0; i < n; i++) {
      y[yo + i] = (float) ((x[xo + i] - mean) * inverse * gain[i] + bias[i]);
    }
  }

  public void rmsNorm(float[] x, int xo, float[] gain, float eps, float[] y, int yo, int n) {
    double squares = 0;
    for (int i = 0; i < n; i++) {
      squares += (double) x[xo + i] * x[xo + i];
    }
    double inverse = 1 / Math.sqrt(squares / n + eps);
    for (int i = 0; i < n; i++) {
      y[yo + i] = (float) (x[xo + i] * inverse * gain[i]);
    }
  }

  /** Turns pairs (x0, x1), (x2, x3) … of one head by cos[at + i], sin[at + i]. */
  public void rotateAdjacent(float[] x, int xo, float[] cos, float[] sin, int at, int pairs) {
    for (int i = 0; i < pairs; i++) {
      float a = x[xo + 2 * i];
      float b = x[xo + 2 * i + 1];
      x[xo + 2 * i] = a * cos[at + i] - b * sin[at + i];
      x[xo + 2 * i + 1] = a * sin[at + i] + b * cos[at + i];
    }
  }

  /** Turns pairs (x[i], x[i + pairs]) of one head by cos[at + i], sin[at + i]. */
  public void rotateHalves(float[] x, int xo, float[] cos, float[] sin, int at, int pairs) {
    for (int i = 0; i < pairs; i++) {
      float a = x[xo + i];
      float b = x[xo + pairs + i];
      x[xo + i] = a * cos[at + i] - b * sin[at + i];
      x[xo + pairs + i] = a * sin[at + i] + b * cos[at + i];
    }
  }

  // ---- attention

  @Override
  public void store(CpuKvCache cache, int layer, int position, int rows, float[] k, int ko, int kStride, float[] v, int vo, int vStride) {
    for (int r = 0; r < rows; r++) {
      cache.store(layer, position + r, k, ko + r * kStride, v, vo + r * vStride);
    }
  }

  @Override
  public void attend(float[] q, int qo, float[] k, int ko, float[] v, int vo, int stride, int n, int headSize, float scale, int fromRow,
      int toRow, float[] y, int yo, int yStride, WorkerScratch scratch) {
    double[] sum = new double[headSize];
    for (int r = fromRow; r < toRow; r++) {
      double largest = Double.NEGATIVE_INFINITY;
      double weights = 0;
      Arrays.fill(sum, 0);
      for (int p = 0; p < n; p++) {
        double score = 0;
        for (int d = 0; d < headSize; d++) {
          score += (double) q[qo + r * stride + d] * k[ko + p * stride + d];
        }
        score *= scale;
        double keep = score > largest ? Math.exp(largest - score) : 1;
        largest = Math.max(largest, score);
        double weight = Math.exp(score - largest);
        weights = weights * keep + weight;
        for (int d = 0; d < headSize; d++) {
          sum[d] = sum[d] * keep + weight * v[vo + p * stride + d];
        }
      }
      for (int d = 0; d < headSize; d++) {
        y[yo + r * yStride + d] = (float) (sum[d] / weights);
      }
    }
  }

  @Override
  public void attendCached(CpuKvCache cache, int layer, int kvHead, float[] q, int qo, int qStride, int rows, int firstPosition, int group,
      float scale, float[] y, int yo, int yStride, WorkerScratch scratch) {
    int headSize = cache.spec().headSize();
    int n = firstPosition + rows;
    float[] k = scratch.floats(0, n * headSize);
    float[] v = scratch.floats(1, n * headSize);
    for (int p = 0; p < n; p++) {
      for (int d = 0; d < headSize; d++) {
        k[p * headSize + d] = cache.key(layer, kvHead, p, d);
        v[p * headSize + d] = cache.value(layer, kvHead, p, d);
      }
    }
    float[] one = scratch.floats(2, headSize);
    for (int g = 0; g < group; g++) {
      for (int r = 0; r < rows; r++) {
        System.arraycopy(q, qo + r * qStride + g * headSize, one, 0, headSize);
        attend(one, 0, k, 0, v, 0, headSize, firstPosition + r + 1, headSize, scale, 0, 1, y, yo + r * yStride + g * headSize, 0, scratch);
      }
    }
  }

  @Override
  public long sumWords(MemorySegment memory, long offset, int bytes) {
    long a = 0;
    long b = 0;
    long c = 0;
    long d = 0;
    for (int i = 0; i < bytes; i += 4 * Long.BYTES) {
      a += memory.get(ValueLayout.JAVA_LONG, offset + i);
      b += memory.get(ValueLayout.JAVA_LONG, offset + i + 8);
      c += memory.get(ValueLayout.JAVA_LONG, offset + i + 16);
      d += memory.get(ValueLayout.JAVA_LONG, offset + i + 24);
    }
    return a + b + c + d;
  }

  /** Over a small array: that is what C2 turns into vectors by itself. */
  @Override
  public long multiplyAddPeak(int rounds, WorkerScratch scratch) {
    float[] sums = scratch.floats(0, PEAK_SUMS);
    Arrays.fill(sums, 0, PEAK_SUMS, 0f);
    for (int r = 0; r < rounds; r++) {
      halve(sums);
    }
    return (long) rounds * PEAK_SUMS;
  }

  private static void halve(float[] sums) {
    for (int i = 0; i < PEAK_SUMS; i++) {
      sums[i] = sums[i] * 0.5f + 0.5f;
    }
  }
}
