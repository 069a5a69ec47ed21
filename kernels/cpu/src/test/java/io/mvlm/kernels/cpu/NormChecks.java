package io.mvlm.kernels.cpu;

import io.mvlm.core.Activation;
import io.mvlm.core.Backend;
import io.mvlm.core.Execution;
import io.mvlm.core.Role;
import io.mvlm.core.Tensor;
import io.mvlm.core.Weight;
import java.util.function.BiFunction;

/** Layer norm and RMS norm of every backend against double precision. */
public final class NormChecks {
  private static final float EPS = 1e-5f;

  private final Backends backends;
  private final RandomTensors random;

  public NormChecks(Backends backends, long seed) {
    this.backends = backends;
    this.random = new RandomTensors(seed);
  }

  /** @param mean how far the rows are shifted from zero, in units of {@code scale} */
  public void layerNorm(int rows, int columns, float scale, float mean) {
    Tensor gain = random.vector(columns, 1);
    Tensor bias = random.vector(columns, 1);
    float[] x = random.floats(rows * columns, scale);
    for (int i = 0; i < x.length; i++) {
      x[i] += mean * scale;
    }
    float[] g = gain.toFloats();
    float[] b = bias.toFloats();
    double[] expected = new double[x.length];
    double[] tolerances = new double[x.length];
    for (int r = 0; r < rows; r++) {
      double average = 0;
      for (int c = 0; c < columns; c++) {
        average += (double) x[r * columns + c] / columns;
      }
      double variance = 0;
      for (int c = 0; c < columns; c++) {
        variance += Math.pow(x[r * columns + c] - average, 2) / columns;
      }
      double inverse = 1 / Math.sqrt(variance + EPS);
      // the mean is as exact as a float of its size
      double doubt = 1e-6 * Math.abs(average) * inverse;
      for (int c = 0; c < columns; c++) {
        int at = r * columns + c;
        double normal = (x[at] - average) * inverse;
        expected[at] = normal * g[c] + b[c];
        tolerances[at] = (4e-6 * Math.abs(normal) + doubt) * Math.abs(g[c]) + 1e-6 * Math.abs(b[c]) + 1e-30;
      }
    }
    check("layerNorm", expected, tolerances, rows, columns, x, backend -> {
      Weight gains = backend.prepare(Role.VECTOR, gain);
      Weight biases = backend.prepare(Role.VECTOR, bias);
      return (ex, view) -> ex.layerNorm(view, gains, biases, EPS);
    });
  }

  public void rmsNorm(int rows, int columns, float scale) {
    Tensor gain = random.vector(columns, 1);
    float[] x = random.floats(rows * columns, scale);
    float[] g = gain.toFloats();
    double[] expected = new double[x.length];
    double[] tolerances = new double[x.length];
    for (int r = 0; r < rows; r++) {
      double squares = 0;
      for (int c = 0; c < columns; c++) {
        squares += Math.pow(x[r * columns + c], 2) / columns;
      }
      for (int c = 0; c < columns; c++) {
        int at = r * columns + c;
        expected[at] = x[at] / Math.sqrt(squares + EPS) * g[c];
        tolerances[at] = 4e-6 * Math.abs(expected[at]) + 1e-37;
      }
    }
    check("rmsNorm", expected, tolerances, rows, columns, x, backend -> {
      Weight gains = backend.prepare(Role.VECTOR, gain);
      return (ex, view) -> ex.rmsNorm(view, gains, EPS);
    });
  }

  private interface Preparation {
    BiFunction<Execution, Activation, Activation> on(Backend backend);
  }

  private void check(String what, double[] expected, double[] tolerances, int rows, int columns, float[] x, Preparation preparation) {
    float[] wide = new float[rows * (columns + 2)];
    for (int r = 0; r < rows; r++) {
      System.arraycopy(x, r * columns, wide, r * (columns + 2) + 1, columns);
      wide[r * (columns + 2)] = Float.NaN;
    }
    for (Backend backend : backends.all()) {
      BiFunction<Execution, Activation, Activation> operation = preparation.on(backend);
      Closeness.check(backend.description() + ", " + what + " of [" + rows + ", " + columns + "]", expected, tolerances,
          Backends.compute(backend, ex -> operation.apply(ex, ex.columns(ex.input(wide, rows, columns + 2), 1, columns))));
    }
  }
}
