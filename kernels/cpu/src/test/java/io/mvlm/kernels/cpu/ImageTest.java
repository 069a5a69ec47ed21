package io.mvlm.kernels.cpu;

import io.mvlm.core.TensorType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ImageTest {
  private static final Backends BACKENDS = new Backends();

  @AfterAll
  static void close() {
    BACKENDS.close();
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void patches(TensorType type) {
    ImageChecks checks = new ImageChecks(BACKENDS, type.id());
    checks.patchEmbedding(type, 70, 3, 14, 42, 56);
    checks.patchEmbedding(type, 17, 3, 5, 12, 17);
    checks.patchEmbedding(type, 5, 2, 1, 3, 4);
  }

  @ParameterizedTest
  @CsvSource({"12, 12, 64", "5, 7, 33", "1, 1, 3", "1, 6, 16", "8, 1, 5", "2, 2, 1"})
  void depthwise(int height, int width, int channels) {
    ImageChecks checks = new ImageChecks(BACKENDS, channels);
    for (int stride = 1; stride <= 2; stride++) {
      checks.depthwise(TensorType.F32, channels, height, width, stride, true);
      checks.depthwise(TensorType.F16, channels, height, width, stride, false);
    }
  }

  @Test
  void pools() {
    ImageChecks checks = new ImageChecks(BACKENDS, 9);
    for (int channels : new int[] {1, 15, 16, 35, 256}) {
      checks.averagePool2(channels, 2, 2);
      checks.averagePool2(channels, 4, 10);
      checks.averagePool2(channels, 24, 24);
      checks.globalAveragePool(channels, 1);
      checks.globalAveragePool(channels, 577);
    }
  }
}
