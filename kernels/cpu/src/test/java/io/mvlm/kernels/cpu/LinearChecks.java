package io.mvlm.kernels.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.mvlm.core.Activation;
import io.mvlm.core.Backend;
import io.mvlm.core.Execution;
import io.mvlm.core.Nonlinearity;
import io.mvlm.core.Role;
import io.mvlm.core.Tensor;
import io.mvlm.core.TensorType;
import io.mvlm.core.Weight;
import java.util.Arrays;

/** Matrix products of every backend against {@link LinearOracle}. */
public final class LinearChecks {
  private final Backends backends;
  private final InputRounding rounding;
  private final RandomTensors random;

  public LinearChecks(Backends backends, long seed) {
    this(backends, new InputRounding(), seed);
  }

  public LinearChecks(Backends backends, InputRounding rounding, long seed) {
    this.backends = backends;
    this.rounding = rounding;
    this.random = new RandomTensors(seed);
  }

  /** A random matrix of up to 70 rows times {@code tokens} rows. */
  public void product(TensorType type, int tokens) {
    Tensor w = random.matrix(type, random.between(1, 70), columns(type), 0.01f);
    product(random.floats(tokens * columns(w), 1), tokens, w);
  }

  /** A random matrix of that shape times {@code tokens} rows. */
  public void product(TensorType type, int rows, int columns, int tokens) {
    product(random.floats(tokens * columns, 1), tokens, random.matrix(type, rows, columns, 0.01f));
  }

  /** Several matrices that become one. */
  public void stacked(int tokens, TensorType... types) {
    int columns = Arrays.stream(types).anyMatch(type -> type.blockLength() == 256) ? 256 : 96;
    Tensor[] parts = Arrays.stream(types).map(type -> random.matrix(type, random.between(1, 45), columns, 0.01f)).toArray(Tensor[]::new);
    product(random.floats(tokens * columns, 1), tokens, parts);
  }

  /** Values far from 1 on both sides. */
  public void magnitudes(TensorType type, int tokens, float weightScale, float inputScale) {
    Tensor w = random.matrix(type, 19, type.blockLength() == 1 ? 37 : type.blockLength(), weightScale);
    product(random.floats(tokens * columns(w), inputScale), tokens, w);
  }

  /** A column that is large in each row, and a value that is large in one. */
  public void spikes(TensorType type, int tokens) {
    spikes(type, random.between(1, 40), type.blockLength() == 256 ? 512 : 192, tokens);
  }

  public void spikes(TensorType type, int rows, int columns, int tokens) {
    Tensor w = random.matrix(type, rows, columns, 0.01f);
    float[] x = random.floats(tokens * columns, 1);
    int column = random.between(0, columns - 1);
    for (int t = 0; t < tokens; t++) {
      for (int c = column % 1000; c < columns; c += 1000) {
        x[t * columns + c] *= 1000;
      }
    }
    x[random.between(0, x.length - 1)] = 300;
    product(x, tokens, w);
  }

  /** In one of four blocks of 32 columns half of the rows have a large value. */
  public void scatteredSpikes(TensorType type, int rows, int columns, int tokens) {
    Tensor w = random.matrix(type, rows, columns, 0.01f);
    float[] x = random.floats(tokens * columns, 1);
    for (int block = 0; block < columns; block += 32) {
      if (random.between(0, 3) == 0) {
        for (int t = 0; t < tokens; t++) {
          x[t * columns + block + random.between(0, 31)] *= random.between(0, 1) == 0 ? 1 : 1000;
        }
      }
    }
    product(x, tokens, w);
  }

  /** Normally distributed weights, of which one in some hundred is much larger than the others. */
  public void spikesOfWeights(TensorType type, int rows, int columns, int tokens) {
    float[] weights = random.floats(rows * columns, 0.02f);
    for (int i = random.between(0, 99); i < weights.length; i += random.between(100, 900)) {
      weights[i] *= 100;
    }
    product(random.floats(tokens * columns, 1), tokens, random.quantized(type, weights, rows, columns));
  }

  /** All products of a token and a row are positive, and activations are equally large: sums are as large as they can be. */
  public void sameSigns(TensorType type, int rows, int columns, int tokens) {
    float[] signs = random.floats(columns, 1);
    float[] weights = random.floats(rows * columns, 1);
    float[] x = new float[tokens * columns];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = Math.copySign(weights[i], signs[i % columns]);
    }
    for (int i = 0; i < x.length; i++) {
      x[i] = Math.copySign(1, signs[i % columns]);
    }
    product(x, tokens, random.quantized(type, weights, rows, columns));
  }

  /** One execution keeps its memory from product to product: shapes and values before must not matter. */
  public void shapesOneAfterTheOther(TensorType type) {
    int[][] shapes = {{40, 3840}, {29, 256}, {1, 512}, {14, 768}, {33, 512}};
    for (Backend backend : backends.all()) {
      try (Execution execution = backend.newExecution()) {
        for (int[] shape : shapes) {
          Weight w = backend.prepare(Role.LINEAR, random.matrix(type, 37, shape[1], 0.01f));
          float[] x = random.floats(shape[0] * shape[1], 1);
          for (int i = random.between(0, 99); i < x.length; i += 777) {
            x[i] *= 1000;
          }
          float[] expected = Backends.compute(backend, ex -> ex.linear(ex.input(x, shape[0], shape[1]), w, null, Nonlinearity.IDENTITY));
          float[] actual = execution.run(() -> execution.read(execution.linear(execution.input(x, shape[0], shape[1]), w, null,
              Nonlinearity.IDENTITY)));
          assertArrayEquals(expected, actual, backend.description() + ", " + type + ", " + Arrays.toString(shape));
        }
      }
    }
  }

  /** Rows of zeros on both sides. */
  public void zeros(TensorType type, int tokens) {
    int columns = type.blockLength() == 1 ? 37 : type.blockLength();
    product(new float[tokens * columns], tokens, random.matrix(type, 19, columns, 1));
    product(random.floats(tokens * columns, 1), tokens, random.matrix(type, 19, columns, 0));
  }

  void product(float[] x, int tokens, Tensor... parts) {
    int columns = columns(parts[0]);
    for (Backend backend : backends.all()) {
      Weight w = backend.prepare(Role.LINEAR, parts);
      LinearOracle oracle = oracle(w, x, tokens, parts);
      float[] y = Backends.compute(backend, ex -> ex.linear(ex.input(x, tokens, columns), w, null, Nonlinearity.IDENTITY));
      Closeness.check(backend.description() + ", linear " + tokens + " × " + Arrays.toString(parts), oracle.values(), oracle.tolerances(), y);
    }
  }

  /** The input is a view of columns of something wider: rows are further apart than they are long. */
  public void view(TensorType type, int tokens) {
    Tensor w = random.matrix(type, random.between(1, 70), columns(type), 0.01f);
    int columns = columns(w);
    float[] wide = random.floats(tokens * (columns + 7), 1);
    float[] x = new float[tokens * columns];
    for (int t = 0; t < tokens; t++) {
      System.arraycopy(wide, t * (columns + 7) + 3, x, t * columns, columns);
    }
    for (Backend backend : backends.all()) {
      Weight weight = backend.prepare(Role.LINEAR, w);
      LinearOracle oracle = oracle(weight, x, tokens, w);
      float[] y = Backends.compute(backend, ex -> ex.linear(ex.columns(ex.input(wide, tokens, columns + 7), 3, columns), weight, null,
          Nonlinearity.IDENTITY));
      Closeness.check(backend.description() + ", linear of a view, " + tokens + " × " + w, oracle.values(), oracle.tolerances(), y);
    }
  }

  /** Bias and nonlinearity behind the product, and the product added to a residual, over views of columns. */
  public void epilogues(TensorType type, int tokens, Nonlinearity f) {
    Tensor matrix = random.matrix(type, random.between(1, 70), columns(type), 0.01f);
    int columns = columns(matrix);
    int rows = (int) matrix.shape().rows();
    Tensor biasTensor = random.vector(rows, 1);
    float[] b = biasTensor.toFloats();
    float[] x = random.floats(tokens * columns, 1);
    float[] residual = random.floats(tokens * (rows + 5), 1);
    for (Backend backend : backends.all()) {
      Weight w = backend.prepare(Role.LINEAR, matrix);
      Weight bias = backend.prepare(Role.VECTOR, biasTensor);
      LinearOracle oracle = oracle(w, x, tokens, matrix);
      double[] biased = oracle.values().clone();
      Arrays.setAll(biased, i -> biased[i] + b[i % rows]);
      double[] activated = Arrays.stream(biased).map(v -> PointwiseChecks.exact(f, v)).toArray();
      double[] tolerances = oracle.tolerances().clone();
      // 1.5 is the steepest slope of all of them (HardSwish)
      Arrays.setAll(tolerances, i -> 1.5 * tolerances[i] + 1e-6 * (1 + Math.abs(biased[i])));
      String what = backend.description() + ", " + f + "(" + tokens + " × " + matrix + " + bias)";
      Closeness.check(what, activated, tolerances, Backends.compute(backend, ex -> ex.linear(ex.input(x, tokens, columns), w, bias, f)));

      double[] added = biased.clone();
      Arrays.setAll(added, i -> biased[i] + residual[i / rows * (rows + 5) + 3 + i % rows]);
      Closeness.check(what + " + residual", added, tolerances, Backends.compute(backend, ex -> addLinear(ex, residual, x, tokens, rows, columns,
          w, bias)));
    }
  }

  /** The target is a view of columns 3 … rows + 2 of something wider. */
  private static Activation addLinear(Execution ex, float[] residual, float[] x, int tokens, int rows, int columns, Weight w, Weight bias) {
    Activation wide = ex.input(residual, tokens, rows + 5);
    Activation target = ex.columns(wide, 3, rows);
    ex.addLinear(target, ex.input(x, tokens, columns), w, bias);
    float[] around = ex.read(wide);
    for (int t = 0; t < tokens; t++) {
      for (int c = 0; c < rows + 5; c++) {
        if ((c < 3 || c >= rows + 3) && around[t * (rows + 5) + c] != residual[t * (rows + 5) + c]) {
          throw new AssertionError("wrote outside of its columns: token " + t + ", column " + c);
        }
      }
    }
    return target;
  }

  /** Rows of the table are exactly what the codec gives, for whole rows of vectors as for the last one. */
  public void embedding(TensorType type) {
    Tensor table = random.matrix(type, random.between(17, 50), columns(type), 0.01f);
    int columns = columns(table);
    int rows = (int) table.shape().rows();
    float[] values = table.toFloats();
    int[] ids = {0, rows - 1, 16, random.between(0, rows - 1), 0};
    double[] expected = new double[ids.length * columns];
    double[] tolerances = new double[expected.length];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = values[ids[i / columns] * columns + i % columns];
      // scale·q + addend, once rounded instead of twice
      tolerances[i] = type.blockLength() == 1 ? 0 : 1e-6 * Closeness.largestMagnitude(values);
    }
    for (Backend backend : backends.all()) {
      Weight w = backend.prepare(Role.TIED, table);
      Closeness.check(backend.description() + ", embedding of " + table, expected, tolerances,
          Backends.compute(backend, ex -> ex.embedding(w, ids)));
    }
  }

  private LinearOracle oracle(Weight w, float[] x, int tokens, Tensor... parts) {
    LinearOracle oracle = new LinearOracle(tokens, (int) w.shape().rows());
    int row = 0;
    for (Tensor part : parts) {
      LinearInput.Form form = inputForm(w, row, tokens);
      oracle.multiply(rounding.of(form, x, columns(part)), rounding.ofWeights(form, part.toFloats(), columns(part)), columns(part), row,
          rounding.relativeError(form));
      row += (int) part.shape().rows();
    }
    return oracle;
  }

  /** What becomes of activations before they meet that row; they stay floats on backends other than the processor's. */
  static LinearInput.Form inputForm(Weight weight, int row, int tokens) {
    if (weight instanceof MatrixWeight w) {
      int first = 0;
      for (PackedMatrix packed : w.parts()) {
        if (row >= first && row < first + packed.rows()) {
          return packed.inputForm(tokens);
        }
        first += packed.rows();
      }
    }
    return LinearInput.Form.FLOATS;
  }

  private int columns(TensorType type) {
    return switch (type.blockLength()) {
      case 1 -> random.oneOf(1, 2, 3, 5, 31, 32, 33, 64, 100, 515, 588);
      case 32 -> 32 * random.oneOf(1, 2, 3, 5, 17);
      default -> 256 * random.oneOf(1, 2, 3);
    };
  }

  private static int columns(Tensor tensor) {
    return (int) tensor.shape().columns();
  }
}
