package io.mvlm.kernels.codegen;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.mvlm.core.Activation;
import io.mvlm.core.Backend;
import io.mvlm.core.Batch;
import io.mvlm.core.Execution;
import io.mvlm.core.KvCache;
import io.mvlm.core.TensorType;
import io.mvlm.kernels.cpu.CpuBackend;
import io.mvlm.kernels.cpu.CpuKernels;
import io.mvlm.kernels.cpu.CpuKvCache;
import io.mvlm.kernels.cpu.RandomTensors;
import io.mvlm.kernels.cpu.ScalarKernels;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Keys and values stand in a cache bit by bit as the scalar twin stores them, whatever the head and in whatever portions they come. */
@EnabledIf("io.mvlm.kernels.codegen.Tiers#isX86")
class CacheStoreTest {
  /** What rounds to infinities, subnormal halves, ties and zeros. */
  private static final float[] EXTREMES = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MAX_VALUE, -Float.MAX_VALUE, 65504f,
      65519.996f, 65520f, 1 + 0x1p-11f, 1 + 0x3p-11f, 0x1p-24f, 0x1p-25f, 0x1.8p-24f, -0x1.000002p-25f, 0x1p-14f, 0x1.ffcp-15f, 0x1.ffep-15f,
      Float.MIN_VALUE, -Float.MIN_NORMAL, 0f, -0f};

  @ParameterizedTest
  @EnumSource(names = {"F16", "F32"})
  void bitByBit(TensorType type) {
    RandomTensors random = new RandomTensors(type.id());
    for (int headSize : new int[] {1, 2, 3, 4, 5, 7, 8, 9, 16, 20, 33, 48, 64, 128}) {
      int rows = 37;
      int heads = random.between(1, 3);
      int width = heads * headSize;
      float[] x = random.floats(rows * 3 * width, 1);
      for (int i = 0; i < x.length; i += 3) {
        x[i] = EXTREMES[i / 3 % EXTREMES.length];
      }
      KvCache.Spec spec = new KvCache.Spec(1, heads, headSize, 300, type);
      byte[] expected = stored(new ScalarKernels(), spec, x, rows, rows);
      for (Tier tier : Tiers.here()) {
        for (int portion : new int[] {1, 5, 11, 16, rows}) {
          assertArrayEquals(expected, stored(new CodegenKernels(tier, new ScalarKernels()), spec, x, rows, portion),
              tier + ", " + spec + ", portions of " + portion);
        }
      }
    }
  }

  private static byte[] stored(CpuKernels kernels, KvCache.Spec spec, float[] x, int rows, int portion) {
    int width = spec.kvHeads() * spec.headSize();
    try (Backend backend = new CpuBackend(kernels, 3); Execution execution = backend.newExecution();
        CpuKvCache cache = (CpuKvCache) backend.newKvCache(spec)) {
      for (int from = 0; from < rows; from += portion) {
        int first = from;
        int count = Math.min(portion, rows - from);
        execution.run(() -> {
          Activation qkv = execution.rows(execution.input(x, rows, 3 * width), first, count);
          return execution.causalAttention(execution.columns(qkv, 0, width), execution.columns(qkv, width, width),
              execution.columns(qkv, 2 * width, width), 0, Batch.of(cache, count), 1);
        });
      }
      return cache.page(0, 0).toArray(ValueLayout.JAVA_BYTE);
    }
  }
}
