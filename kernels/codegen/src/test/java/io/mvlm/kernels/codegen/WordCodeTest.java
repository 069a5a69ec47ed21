package io.mvlm.kernels.codegen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mvlm.core.Nonlinearity;
import io.mvlm.core.Role;
import io.mvlm.core.Shape;
import io.mvlm.core.Tensor;
import io.mvlm.core.Weight;
import io.mvlm.kernels.cpu.Backends;
import io.mvlm.kernels.cpu.CpuBackend;
import io.mvlm.kernels.cpu.RandomTensors;
import io.mvlm.kernels.cpu.ScalarKernels;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What rounding to 16 bits costs, and what becomes of values that are not finite. */
@EnabledIf("io.mvlm.kernels.codegen.Tiers#isX86")
class WordCodeTest {
  private static final Tier TIER = Tier.AVX512_VNNI;
  private static final int TOKENS = 9;
  private static final int ROWS = 48;
  private static final int COLUMNS = 1024;

  @BeforeAll
  static void needsTheTier() {
    assumeTrue(Tiers.here().contains(TIER));
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16"})
  void normallyDistributed(FloatFormat format) {
    double error = relativeError(format, k -> 1);
    assertTrue(error < 1.4e-4, () -> "relative error " + error);
  }

  /** One column of activations is so many times as large as the others. */
  @ParameterizedTest
  @ValueSource(ints = {30, 1000, 30000})
  void besideALargeColumn(int factor) {
    double error = relativeError(FloatFormat.F16, k -> k == 77 ? factor : 1);
    assertTrue(error < 2e-4, () -> "relative error " + error);
  }

  /** Against products in double precision, relative L2. */
  private static double relativeError(FloatFormat format, IntToDoubleFunction factor) {
    RandomTensors random = new RandomTensors(format.type.id());
    float[] x = random.floats(TOKENS * COLUMNS, 1);
    for (int i = 0; i < x.length; i++) {
      x[i] *= (float) factor.applyAsDouble(i % COLUMNS);
    }
    Tensor matrix = tensor(format, random.floats(ROWS * COLUMNS, 0.02f));
    float[] y = product(matrix, x);
    float[] w = matrix.toFloats();
    double difference = 0;
    double sum = 0;
    for (int i = 0; i < y.length; i++) {
      double exact = 0;
      for (int k = 0; k < COLUMNS; k++) {
        exact += (double) x[i / ROWS * COLUMNS + k] * w[i % ROWS * COLUMNS + k];
      }
      difference += Math.pow(y[i] - exact, 2);
      sum += exact * exact;
    }
    return Math.sqrt(difference / sum);
  }

  private static Tensor tensor(FloatFormat format, float[] values) {
    byte[] bytes = new byte[(int) format.type.byteSize(values.length)];
    format.type.codec().quantize(values, 0, values.length, MemorySegment.ofArray(bytes), 0);
    return new Tensor("weights", format.type, Shape.of(ROWS, COLUMNS),
        (offset, to) -> MemorySegment.copy(MemorySegment.ofArray(bytes), offset, to, 0, to.byteSize()));
  }

  private static float[] product(Tensor matrix, float[] x) {
    CpuBackend backend = new CpuBackend(new CodegenKernels(TIER, new ScalarKernels()), 1);
    Weight w = backend.prepare(Role.LINEAR, matrix);
    return Backends.compute(backend, ex -> ex.linear(ex.input(x, TOKENS, COLUMNS), w, null, Nonlinearity.IDENTITY));
  }

  /** Where floats would give an infinity of the right sign, integers cannot. */
  @Test
  void infinitiesAreNoNumbers() {
    float[] ones = new float[TOKENS * COLUMNS];
    Arrays.fill(ones, 1);
    float[] weights = new float[ROWS * COLUMNS];
    Arrays.fill(weights, 1);
    float[] x = ones.clone();
    x[3 * COLUMNS + 70] = Float.POSITIVE_INFINITY;
    float[] y = product(tensor(FloatFormat.F16, weights), x);
    for (int i = 0; i < y.length; i++) {
      assertEquals(i / ROWS == 3 ? Float.NaN : COLUMNS, y[i], 0.1f, "activation, value " + i);
    }
    weights[5 * COLUMNS + 70] = Float.NEGATIVE_INFINITY;
    y = product(tensor(FloatFormat.F16, weights), ones);
    for (int i = 0; i < y.length; i++) {
      assertEquals(i % ROWS == 5 ? Float.NaN : COLUMNS, y[i], 0.1f, "weight, value " + i);
    }
  }
}
