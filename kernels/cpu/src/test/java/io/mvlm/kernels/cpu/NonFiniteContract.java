package io.mvlm.kernels.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.mvlm.core.Activation;
import io.mvlm.core.Backend;
import io.mvlm.core.Batch;
import io.mvlm.core.Execution;
import io.mvlm.core.KvCache;
import io.mvlm.core.Nonlinearity;
import io.mvlm.core.Role;
import io.mvlm.core.Tensor;
import io.mvlm.core.TensorType;
import io.mvlm.core.Weight;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Infinities and NaN stay in their own row, and hang nothing. */
@Timeout(60)
public abstract class NonFiniteContract extends BackendContract {
  /** Heads of queries that share one head of keys and values; values of a head; columns of all of them. */
  private static final int GROUP = 2;
  private static final int HEAD = 16;
  private static final int COLUMNS = (GROUP + 2) * HEAD;

  @ParameterizedTest
  @EnumSource
  void tokensAreIndependent(TensorType type) {
    RandomTensors random = new RandomTensors(type.id());
    int columns = type.blockLength() == 1 ? 37 : type.blockLength();
    Tensor matrix = random.matrix(type, 19, columns, 0.01f);
    for (int tokens : new int[] {2, 3, 9, 29}) {
      float[] clean = random.floats(tokens * columns, 1);
      float[] dirty = clean.clone();
      dirty[3] = Float.NaN;
      dirty[5] = Float.POSITIVE_INFINITY;
      for (Backend backend : backends().all()) {
        float[] expected = linear(backend, matrix, clean, tokens, columns);
        float[] actual = linear(backend, matrix, dirty, tokens, columns);
        for (int i = 0; i < actual.length; i++) {
          assertEquals(i < 19 ? Float.NaN : expected[i], actual[i], backend.description() + ", " + type + ", value " + i);
        }
      }
    }
  }

  /** A row that becomes no number does not matter to others that share large values with it, but for the order of their sums. */
  @ParameterizedTest
  @EnumSource
  void rowsWithLargeValuesAreIndependent(TensorType type) {
    RandomTensors random = new RandomTensors(type.id());
    int columns = 256;
    int tokens = 29;
    Tensor matrix = random.matrix(type, 19, columns, 0.01f);
    float[] weights = matrix.toFloats();
    for (int large = 2; large <= 4; large++) {
      float[] clean = random.floats(tokens * columns, 1);
      for (int t = 0; t < large; t++) {
        clean[t * columns + 7] = 300;
      }
      float[] dirty = clean.clone();
      int damaged = large - 1;
      dirty[damaged * columns + 100] = Float.NaN;
      for (Backend backend : backends().all()) {
        float[] expected = linear(backend, matrix, clean, tokens, columns);
        float[] actual = linear(backend, matrix, dirty, tokens, columns);
        for (int i = 0; i < actual.length; i++) {
          double magnitudes = 0;
          for (int k = 0; k < columns; k++) {
            magnitudes += Math.abs((double) clean[i / 19 * columns + k] * weights[i % 19 * columns + k]);
          }
          assertEquals(i / 19 == damaged ? Float.NaN : expected[i], actual[i], (float) (magnitudes * 0x1p-20),
              backend.description() + ", " + type + ", " + large + " large ones, value " + i);
        }
      }
    }
  }

  /** An infinite value leaves its row without a number, or with infinities. */
  @ParameterizedTest
  @EnumSource
  void infiniteValuesShow(TensorType type) {
    RandomTensors random = new RandomTensors(type.id());
    int columns = type.blockLength() == 1 ? 37 : type.blockLength();
    Tensor matrix = random.matrix(type, 19, columns, 0.01f);
    for (int tokens : new int[] {2, 3, 9, 29}) {
      float[] clean = random.floats(tokens * columns, 1);
      float[] dirty = clean.clone();
      dirty[columns + 5] = Float.NEGATIVE_INFINITY;
      for (Backend backend : backends().all()) {
        float[] expected = linear(backend, matrix, clean, tokens, columns);
        float[] actual = linear(backend, matrix, dirty, tokens, columns);
        for (int i = 0; i < actual.length; i++) {
          String where = backend.description() + ", " + type + ", value " + i;
          if (i / 19 == 1) {
            assertFalse(Float.isFinite(actual[i]), where);
          } else {
            assertEquals(expected[i], actual[i], where);
          }
        }
      }
    }
  }

  /** A damaged weight shows in its own column of the result, and nowhere else. */
  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void damagedWeightsShow(TensorType type) {
    damagedWeightShows(type, 0x7fff, true);
  }

  @ParameterizedTest
  @CsvSource({"F32, 0x7f80", "F16, 0xfc00", "BF16, 0x7f80"})
  void infiniteWeightsShow(TensorType type, int bits) {
    damagedWeightShows(type, bits, false);
  }

  /**
   * @param bits the upper 16 of the weight
   * @param isNan whether no product with it is a number, as opposed to: is finite
   */
  private void damagedWeightShows(TensorType type, int bits, boolean isNan) {
    int rows = 19;
    int columns = 37;
    Tensor clean = new RandomTensors(type.id()).matrix(type, rows, columns, 0.01f);
    byte[] bytes = new byte[(int) clean.byteSize()];
    clean.data().read(0, MemorySegment.ofArray(bytes));
    int size = bytes.length / (rows * columns);
    int next = (3 * columns + 6) * size;
    Arrays.fill(bytes, next - size, next, (byte) 0);
    bytes[next - 1] = (byte) (bits >> 8);
    bytes[next - 2] = (byte) bits;
    Tensor dirty = new Tensor(clean.name(), type, clean.shape(),
        (offset, to) -> MemorySegment.copy(MemorySegment.ofArray(bytes), offset, to, 0, to.byteSize()));
    for (int tokens : new int[] {1, 2, 9, 29}) {
      float[] x = new RandomTensors(tokens).floats(tokens * columns, 1);
      for (Backend backend : backends().all()) {
        float[] y = linear(backend, dirty, x, tokens, columns);
        float[] expected = linear(backend, clean, x, tokens, columns);
        for (int i = 0; i < y.length; i++) {
          String where = backend.description() + ", " + type + ", value " + i;
          if (i % rows == 3 && !isNan) {
            assertFalse(Float.isFinite(y[i]), where);
          } else {
            assertEquals(i % rows == 3 ? Float.NaN : expected[i], y[i], where);
          }
        }
      }
    }
  }

  private static float[] linear(Backend backend, Tensor matrix, float[] x, int tokens, int columns) {
    Weight w = backend.prepare(Role.LINEAR, matrix);
    return Backends.compute(backend, ex -> ex.linear(ex.input(x, tokens, columns), w, null, Nonlinearity.IDENTITY));
  }

  @ParameterizedTest
  @EnumSource
  void nonlinearitiesEnd(Nonlinearity f) {
    float[] x = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MAX_VALUE, -Float.MAX_VALUE, 1};
    for (Backend backend : backends().all()) {
      float[] y = Backends.compute(backend, ex -> ex.apply(f, ex.input(x, 1, 6)));
      assertEquals(Float.NaN, y[0], backend.description());
    }
  }

  /** A value that is none, or that is too large for the cache, in one of some rows: those before it do not see it, it and those behind do. */
  @ParameterizedTest
  @CsvSource({"F16, 1e5", "F16, NaN", "F32, Infinity", "F32, NaN"})
  void rowsDoNotSeeLaterOnes(TensorType cacheType, float value) {
    for (int rows : new int[] {2, 5, 19, 140, 300}) {
      for (int dirtyRow : new int[] {rows / 2, rows - 1}) {
        for (int before : new int[] {0, rows / 3}) {
          rowsDoNotSeeLaterOnes(cacheType, value, rows, dirtyRow, before);
        }
      }
    }
  }

  /** @param before rows that are in the cache already */
  private void rowsDoNotSeeLaterOnes(TensorType cacheType, float value, int rows, int dirtyRow, int before) {
    float[] clean = new RandomTensors(rows).floats(rows * COLUMNS, 1);
    float[] dirty = clean.clone();
    Arrays.fill(dirty, (dirtyRow + 1) * COLUMNS - HEAD, (dirtyRow + 1) * COLUMNS, value);
    for (Backend backend : backends().all()) {
      float[] expected = causal(backend, cacheType, clean, rows, before);
      float[] actual = causal(backend, cacheType, dirty, rows, before);
      for (int i = 0; i < actual.length; i++) {
        int row = before + i / (GROUP * HEAD);
        String where = backend.description() + ", " + cacheType + ", row " + row + " of " + rows + ", dirty " + dirtyRow;
        if (row < dirtyRow) {
          assertEquals(expected[i], actual[i], where);
        } else if (cacheType == TensorType.F32) {
          assertFalse(Float.isFinite(actual[i]), where);
        }
      }
    }
  }

  /** What the rows behind the first {@code before} ones get. */
  private static float[] causal(Backend backend, TensorType cacheType, float[] qkv, int rows, int before) {
    try (KvCache cache = backend.newKvCache(new KvCache.Spec(1, 1, HEAD, 320, cacheType)); Execution ex = backend.newExecution()) {
      if (before > 0) {
        causal(ex, cache, Arrays.copyOf(qkv, before * COLUMNS), before);
      }
      return causal(ex, cache, Arrays.copyOfRange(qkv, before * COLUMNS, rows * COLUMNS), rows - before);
    }
  }

  private static float[] causal(Execution ex, KvCache cache, float[] qkv, int rows) {
    return ex.run(() -> {
      Activation x = ex.input(qkv, rows, COLUMNS);
      return ex.read(ex.causalAttention(ex.columns(x, 0, GROUP * HEAD), ex.columns(x, GROUP * HEAD, HEAD),
          ex.columns(x, (GROUP + 1) * HEAD, HEAD), 0, Batch.of(List.of(cache), rows), 1));
    });
  }
}
