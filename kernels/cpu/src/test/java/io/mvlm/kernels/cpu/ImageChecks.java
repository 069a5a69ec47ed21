package io.mvlm.kernels.cpu;

import io.mvlm.core.Backend;
import io.mvlm.core.Role;
import io.mvlm.core.Tensor;
import io.mvlm.core.TensorType;
import io.mvlm.core.Weight;

/** Operations on grids of pixels, every backend against the formula of the operation in double precision. */
public final class ImageChecks {
  private final Backends backends;
  private final InputRounding rounding;
  private final RandomTensors random;

  public ImageChecks(Backends backends, long seed) {
    this(backends, new InputRounding(), seed);
  }

  public ImageChecks(Backends backends, InputRounding rounding, long seed) {
    this.backends = backends;
    this.rounding = rounding;
    this.random = new RandomTensors(seed);
  }

  /** The image may be larger than its whole patches. */
  public void patchEmbedding(TensorType type, int d, int channels, int p, int height, int width) {
    Tensor kernel = random.tensor(type, 0.1f, d, channels, p, p);
    float[] w = kernel.toFloats();
    float[] pixels = random.floats(channels * height * width, 1);
    int down = height / p;
    int across = width / p;
    int columns = channels * p * p;
    float[] patches = new float[down * across * columns];
    for (int i = 0; i < patches.length; i++) {
      int k = i % columns;
      int row = i / columns / across * p + k / p % p;
      int column = i / columns % across * p + k % p;
      patches[i] = pixels[(k / (p * p) * height + row) * width + column];
    }
    for (Backend backend : backends.all()) {
      Weight weight = backend.prepare(Role.CONVOLUTION, kernel);
      LinearInput.Form form = LinearChecks.inputForm(weight, 0, down * across);
      LinearOracle oracle = new LinearOracle(down * across, d);
      oracle.multiply(rounding.of(form, patches, columns), rounding.ofWeights(form, w, columns), columns, 0, rounding.relativeError(form));
      Closeness.check(backend.description() + ", patchEmbedding " + kernel, oracle.values(), oracle.tolerances(),
          Backends.compute(backend, ex -> ex.patchEmbedding(ex.input(pixels, channels * height, width), weight)));
    }
  }

  public void depthwise(TensorType type, int channels, int height, int width, int stride, boolean biased) {
    Tensor kernel = random.tensor(type, 0.3f, channels, 1, 3, 3);
    Tensor bias = random.vector(channels, 1);
    float[] w = kernel.toFloats();
    float[] b = bias.toFloats();
    float[] x = random.floats(height * width * channels, 1);
    int down = (height + stride - 1) / stride;
    int across = (width + stride - 1) / stride;
    double[] expected = new double[down * across * channels];
    for (int i = 0; i < expected.length; i++) {
      int c = i % channels;
      expected[i] = biased ? b[c] : 0;
      for (int tap = 0; tap < 9; tap++) {
        int row = i / channels / across * stride + tap / 3 - 1;
        int column = i / channels % across * stride + tap % 3 - 1;
        if (row >= 0 && row < height && column >= 0 && column < width) {
          expected[i] += (double) w[c * 9 + tap] * x[(row * width + column) * channels + c];
        }
      }
    }
    for (Backend backend : backends.all()) {
      Weight taps = backend.prepare(Role.CONVOLUTION, kernel);
      Weight addend = biased ? backend.prepare(Role.VECTOR, bias) : null;
      Closeness.check(backend.description() + ", depthwise " + kernel + " on " + height + "×" + width + ", stride " + stride, expected, 1e-5,
          Backends.compute(backend, ex -> ex.depthwise(ex.input(x, height * width, channels), height, width, taps, addend, stride)));
    }
  }

  public void averagePool2(int channels, int height, int width) {
    float[] x = random.floats(height * width * channels, 1);
    double[] expected = new double[x.length / 4];
    for (int i = 0; i < x.length; i++) {
      int pixel = i / channels;
      int window = pixel / width / 2 * (width / 2) + pixel % width / 2;
      expected[window * channels + i % channels] += x[i] / 4.0;
    }
    for (Backend backend : backends.all()) {
      Closeness.check(backend.description() + ", averagePool2 of " + height + "×" + width + "×" + channels, expected, 1e-6,
          Backends.compute(backend, ex -> ex.averagePool2(ex.input(x, height * width, channels), height, width)));
    }
  }

  public void globalAveragePool(int channels, int rows) {
    float[] x = random.floats(rows * channels, 1);
    double[] expected = new double[channels];
    for (int i = 0; i < x.length; i++) {
      expected[i % channels] += (double) x[i] / rows;
    }
    for (Backend backend : backends.all()) {
      Closeness.check(backend.description() + ", globalAveragePool of " + rows + " × " + channels, expected, 1e-6,
          Backends.compute(backend, ex -> ex.globalAveragePool(ex.input(x, rows, channels))));
    }
  }
}
