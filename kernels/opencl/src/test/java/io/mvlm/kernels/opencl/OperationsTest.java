package io.mvlm.kernels.opencl;

import io.mvlm.core.Nonlinearity;
import io.mvlm.core.RotaryEmbedding.Pairing;
import io.mvlm.core.TensorType;
import io.mvlm.kernels.cpu.AttentionChecks;
import io.mvlm.kernels.cpu.Backends;
import io.mvlm.kernels.cpu.ImageChecks;
import io.mvlm.kernels.cpu.LinearChecks;
import io.mvlm.kernels.cpu.NormChecks;
import io.mvlm.kernels.cpu.PointwiseChecks;
import io.mvlm.kernels.cpu.RotationChecks;
import io.mvlm.kernels.cpu.TopChecks;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Everything but products and caches, with sizes around those of work groups. */
class OperationsTest {
  private static final int[] COLUMNS = {1, 3, 63, 64, 65, 200, 515};

  private static Backends backends;

  @BeforeAll
  static void open() {
    backends = Devices.variants();
  }

  @AfterAll
  static void close() {
    if (backends != null) {
      backends.close();
    }
  }

  @ParameterizedTest
  @EnumSource
  void nonlinearities(Nonlinearity f) {
    PointwiseChecks checks = new PointwiseChecks(backends, f.ordinal());
    for (int columns : COLUMNS) {
      checks.nonlinearity(f, 7, columns);
    }
  }

  @Test
  void pointwise() {
    PointwiseChecks checks = new PointwiseChecks(backends, 20);
    for (int columns : COLUMNS) {
      checks.gatedSilu(3, columns);
      checks.add(3, columns);
      checks.multiplyColumns(3, columns);
    }
  }

  @Test
  void theLargestOfARow() {
    TopChecks checks = new TopChecks(backends, 40);
    for (int columns : new int[] {1, 9, 1023, 1025, 5000}) {
      for (int k : new int[] {0, 1, 40, 256, 257}) {
        if (k <= columns) {
          checks.distinct(columns, k);
          checks.ties(columns, k);
          checks.ramps(columns, k);
          checks.special(columns, k);
        }
      }
    }
    checks.ties(150_000, 1); // more shares than groups
    checks.ties(150_000, 3);
  }

  @Test
  void norms() {
    NormChecks checks = new NormChecks(backends, 30);
    for (int columns : new int[] {1, 2, 7, 8, 9, 127, 128, 129, 1024}) {
      checks.layerNorm(4, columns, 1, 0);
      checks.rmsNorm(4, columns, 1);
    }
    for (float scale : new float[] {0, 1e-20f, 1e-4f, 1e4f, 1e15f}) {
      checks.layerNorm(3, 77, scale, 0);
      checks.rmsNorm(3, 77, scale);
    }
    checks.layerNorm(5, 1024, 1, 100);
  }

  @ParameterizedTest
  @EnumSource
  void rotations(Pairing pairing) {
    RotationChecks checks = new RotationChecks(backends, pairing.ordinal());
    checks.rotate(pairing, 3, 64, 64, 1);
    checks.rotate(pairing, 2, 80, 20, 1.5f);
    checks.rotate(pairing, 1, 2, 2, 1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 8, 33, 64, 80, 128})
  void attention(int headSize) {
    AttentionChecks checks = new AttentionChecks(backends, headSize);
    for (int rows : new int[] {1, 2, 15, 16, 17, 65, 130}) {
      checks.attention(rows, 3, headSize, 1);
    }
  }

  @Test
  void scoresThatOverwhelmOthers() {
    AttentionChecks checks = new AttentionChecks(backends, 1000);
    checks.attention(150, 2, 64, 10);
    checks.attention(150, 2, 64, 0);
  }

  /** Some devices allow no more than one work item in a group. */
  @Test
  void groupsOfOneItem() {
    OpenClDevice.Limits limits = Devices.any().limits();
    Tuning tuning = Tuning.of(new OpenClDevice.Limits(1, limits.localBytes(), limits.localIsFast(), limits.processor()));
    try (Backends one = new Backends(Devices.backend(tuning, Features.NONE))) {
      new NormChecks(one, 1).layerNorm(3, 77, 1, 0);
      new NormChecks(one, 2).rmsNorm(3, 77, 1);
      new AttentionChecks(one, 3).attention(17, 2, 20, 1);
      new TopChecks(one, 4).ties(2500, 5);
      new LinearChecks(one, 5).product(TensorType.Q4_0, 1);
      new LinearChecks(one, 6).epilogues(TensorType.Q4_0, 9, Nonlinearity.SILU);
      new PointwiseChecks(one, 7).gatedSilu(3, 65);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void patches(TensorType type) {
    ImageChecks checks = new ImageChecks(backends, type.id());
    checks.patchEmbedding(type, 70, 3, 14, 42, 56);
    checks.patchEmbedding(type, 17, 3, 5, 12, 17);
    checks.patchEmbedding(type, 5, 2, 1, 3, 4);
  }

  @ParameterizedTest
  @CsvSource({"12, 12, 64", "5, 7, 33", "1, 1, 3", "1, 6, 16", "8, 1, 5", "2, 2, 1"})
  void depthwise(int height, int width, int channels) {
    ImageChecks checks = new ImageChecks(backends, channels);
    for (int stride = 1; stride <= 2; stride++) {
      checks.depthwise(TensorType.F32, channels, height, width, stride, true);
      checks.depthwise(TensorType.F16, channels, height, width, stride, false);
    }
  }

  @Test
  void pools() {
    ImageChecks checks = new ImageChecks(backends, 9);
    for (int channels : new int[] {1, 15, 64, 100}) {
      checks.averagePool2(channels, 2, 2);
      checks.averagePool2(channels, 4, 10);
      checks.globalAveragePool(channels, 1);
      checks.globalAveragePool(channels, 577);
    }
  }
}
