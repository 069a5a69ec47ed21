package io.mvlm.kernels.cpu;

import io.mvlm.core.Activation;
import io.mvlm.core.Backend;
import io.mvlm.core.Execution;
import io.mvlm.core.Nonlinearity;
import java.util.Arrays;
import java.util.function.Function;

/** Elementwise operations of every backend against double precision, over views of columns with tails. */
public final class PointwiseChecks {
  /** Values at which approximations tend to fail. */
  private static final float[] CORNERS = {0f, -0f, Float.MIN_VALUE, -Float.MIN_VALUE, 1e-40f, -1e-40f, Float.MIN_NORMAL, 1e-20f, -1e-20f, 1e-8f,
      -1e-8f, 3f, -3f, Math.nextDown(3f), 6f, 87f, -87f, 88f, -88f, 89f, -89f, 100f, -100f, 1e5f, -1e5f, 1e30f, -1e30f};

  private final Backends backends;
  private final RandomTensors random;

  public PointwiseChecks(Backends backends, long seed) {
    this.backends = backends;
    this.random = new RandomTensors(seed);
  }

  /** f in double precision; GELU through {@link ErrorFunction}, which has a test of its own. */
  static double exact(Nonlinearity f, double x) {
    return switch (f) {
      case IDENTITY -> x;
      case GELU -> x * 0.5 * (1 + ErrorFunction.erf(x * Math.sqrt(0.5)));
      // x/2·(1 + tanh(u)) = x·σ(2u), without the cancellation
      case GELU_TANH -> x / (1 + Math.exp(-2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
      case GELU_QUICK -> x / (1 + Math.exp(-1.702 * x));
      case SILU -> x / (1 + Math.exp(-x));
      case RELU -> Math.max(x, 0);
      case HARD_SWISH -> x * Math.min(Math.max(x + 3, 0), 6) / 6;
      case HARD_SIGMOID -> Math.min(Math.max(x + 3, 0), 6) / 6;
    };
  }

  /** At the corners, and at random values in ±100 with most of them near zero. */
  public void nonlinearity(Nonlinearity f, int rows, int columns) {
    float[] x = random.floats(rows * columns, 3);
    for (int i = 0; i < x.length; i++) {
      x[i] = i < CORNERS.length ? CORNERS[i] : i % 3 == 0 ? Math.clamp(x[i] * 20, -100f, 100f) : x[i];
    }
    double[] expected = new double[x.length];
    double[] tolerances = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      expected[i] = exact(f, x[i]);
      // relative to the result for the sigmoids, whose smallest value is e⁻⁸⁸; of x for erf, whose error is absolute
      tolerances[i] = f == Nonlinearity.GELU ? 2.5e-7 * Math.abs(x[i]) : 1e-6 * Math.abs(expected[i]) + 7e-39 * Math.abs(x[i])
          + sharpening(f, x[i]) * 1e-6 * Math.abs(expected[i]);
      tolerances[i] += Float.MIN_VALUE + (f == Nonlinearity.GELU_TANH ? 0x1p-52 * Math.abs(x[i]) : 0); // the scalar twin adds 1 to a double
    }
    check(f.toString(), expected, tolerances, rows, columns, x, ex -> view -> ex.apply(f, view));
  }

  /** A relative error of the argument of exp becomes one of the result that is as many times larger as the argument. */
  private static double sharpening(Nonlinearity f, float x) {
    return switch (f) {
      case GELU_TANH -> x < 0 ? Math.min(90, 1.6 * Math.abs(x + 0.044715 * x * x * x)) : 0;
      case GELU_QUICK, SILU -> x < 0 ? Math.min(90, 1.702 * Math.abs(x)) : 0;
      default -> 0;
    };
  }

  public void gatedSilu(int rows, int columns) {
    float[] x = random.floats(rows * 2 * columns, 4);
    double[] expected = new double[rows * columns];
    Arrays.setAll(expected, i -> {
      int at = i / columns * 2 * columns + i % columns;
      return exact(Nonlinearity.SILU, x[at]) * x[at + columns];
    });
    check("gatedSilu", expected, relative(expected, 1e-5), rows, 2 * columns, x, ex -> ex::gatedSilu);
  }

  public void add(int rows, int columns) {
    float[] x = random.floats(rows * columns, 2);
    float[] y = random.floats(rows * columns, 2);
    double[] expected = new double[x.length];
    Arrays.setAll(expected, i -> x[i] + y[i]);
    check("add", expected, new double[x.length], rows, columns, x, ex -> view -> ex.add(view, ex.input(y, rows, columns)));
  }

  public void multiplyColumns(int rows, int columns) {
    float[] x = random.floats(rows * columns, 2);
    float[] s = random.floats(columns, 2);
    double[] expected = new double[x.length];
    Arrays.setAll(expected, i -> x[i] * s[i % columns]);
    check("multiplyColumns", expected, new double[x.length], rows, columns, x,
        ex -> view -> ex.multiplyColumns(view, ex.input(s, 1, columns)));
  }

  private static double[] relative(double[] expected, double factor) {
    return Arrays.stream(expected).map(e -> factor * Math.abs(e) + 1e-37).toArray();
  }

  /** Runs the operation on x as it is, and on x as a view of columns of something wider. */
  private void check(String what, double[] expected, double[] tolerances, int rows, int columns, float[] x,
      Function<Execution, Function<Activation, Activation>> operation) {
    float[] wide = new float[rows * (columns + 7)];
    Arrays.fill(wide, Float.NaN);
    for (int r = 0; r < rows; r++) {
      System.arraycopy(x, r * columns, wide, r * (columns + 7) + 3, columns);
    }
    for (Backend backend : backends.all()) {
      String where = backend.description() + ", " + what + " of [" + rows + ", " + columns + "]";
      Closeness.check(where, expected, tolerances, Backends.compute(backend, ex -> operation.apply(ex).apply(ex.input(x, rows, columns))));
      Closeness.check(where + " as a view", expected, tolerances, Backends.compute(backend,
          ex -> operation.apply(ex).apply(ex.columns(ex.input(wide, rows, columns + 7), 3, columns))));
    }
  }
}
