package io.mvlm.kernels.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.mvlm.core.Activation;
import io.mvlm.core.Backend;
import io.mvlm.core.Execution;
import io.mvlm.core.TopValues;
import java.util.Arrays;

/** The largest values of a row on every backend: the very columns and values, whoever finds them. */
public final class TopChecks {
  private static final float[] SPECIAL = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 0f, -0f,
    Float.MAX_VALUE, -Float.MAX_VALUE};

  private final Backends backends;
  private final RandomTensors random;

  public TopChecks(Backends backends, long seed) {
    this.backends = backends;
    this.random = new RandomTensors(seed);
  }

  public void distinct(int columns, int k) {
    check(columns, k, random.floats(columns, 3));
  }

  /** Most values occur often. */
  public void ties(int columns, int k) {
    float[] row = random.floats(columns, 2);
    for (int c = 0; c < columns; c++) {
      row[c] = Math.round(row[c]);
    }
    check(columns, k, row);
  }

  /** Each of them the largest, last column first; and all equal. */
  public void ramps(int columns, int k) {
    float[] row = new float[columns];
    check(columns, k, row);
    for (int c = 0; c < columns; c++) {
      row[c] = c;
    }
    check(columns, k, row);
    for (int c = 0; c < columns; c++) {
      row[c] = -c;
    }
    check(columns, k, row);
  }

  /** With NaN and infinities among them. */
  public void special(int columns, int k) {
    float[] row = random.floats(columns, 1);
    for (int c = 0; c < columns; c++) {
      row[c] = random.yes() ? SPECIAL[random.between(0, SPECIAL.length - 1)] : row[c];
    }
    check(columns, k, row);
    Arrays.fill(row, Float.NEGATIVE_INFINITY);
    check(columns, k, row);
  }

  /** The row is the second of a matrix, a few columns from its left edge. */
  private void check(int columns, int k, float... row) {
    float[] matrix = new float[2 * (columns + 5)];
    Arrays.fill(matrix, Float.POSITIVE_INFINITY);
    System.arraycopy(row, 0, matrix, columns + 5 + 3, columns);
    TopValues expected = TopValues.of(row, 0, columns, k);
    for (Backend backend : backends.all()) {
      try (Execution ex = backend.newExecution()) {
        TopValues actual = ex.run(() -> {
          Activation all = ex.input(matrix, 2, columns + 5);
          return ex.top(ex.columns(ex.rows(all, 1, 1), 3, columns), k);
        });
        String what = backend.description() + ", " + k + " of " + columns;
        assertArrayEquals(expected.columns(), actual.columns(), what);
        assertArrayEquals(expected.values(), actual.values(), what);
      }
    }
  }
}
