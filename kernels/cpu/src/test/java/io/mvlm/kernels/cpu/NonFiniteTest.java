package io.mvlm.kernels.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.mvlm.core.Backend;
import io.mvlm.core.Nonlinearity;
import io.mvlm.core.Role;
import io.mvlm.core.Tensor;
import io.mvlm.core.TensorType;
import io.mvlm.core.Weight;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Infinities and NaN stay in their own row, and hang nothing. */
@Timeout(60)
class NonFiniteTest {
  private static final Backends BACKENDS = new Backends();

  @AfterAll
  static void close() {
    BACKENDS.close();
  }

  @ParameterizedTest
  @EnumSource
  void tokensAreIndependent(TensorType type) {
    RandomTensors random = new RandomTensors(type.id());
    int columns = type.blockLength() == 1 ? 37 : type.blockLength();
    Tensor matrix = random.matrix(type, 19, columns, 0.01f);
    for (int tokens : new int[] {2, 3, 9}) {
      float[] clean = random.floats(tokens * columns, 1);
      float[] dirty = clean.clone();
      dirty[3] = Float.NaN;
      dirty[5] = Float.POSITIVE_INFINITY;
      for (Backend backend : BACKENDS.all()) {
        Weight w = backend.prepare(Role.LINEAR, matrix);
        float[] expected = Backends.compute(backend, ex -> ex.linear(ex.input(clean, tokens, columns), w, null, Nonlinearity.IDENTITY));
        float[] actual = Backends.compute(backend, ex -> ex.linear(ex.input(dirty, tokens, columns), w, null, Nonlinearity.IDENTITY));
        for (int i = 0; i < actual.length; i++) {
          assertEquals(i < 19 ? Float.NaN : expected[i], actual[i], backend.description() + ", " + type + ", value " + i);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void nonlinearitiesEnd(Nonlinearity f) {
    float[] x = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MAX_VALUE, -Float.MAX_VALUE, 1};
    for (Backend backend : BACKENDS.all()) {
      float[] y = Backends.compute(backend, ex -> ex.apply(f, ex.input(x, 1, 6)));
      assertEquals(Float.NaN, y[0], backend.description());
    }
  }
}
