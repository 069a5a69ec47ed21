package io.mvlm.kernels.cpu;

import io.mvlm.core.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Depthwise convolutions and pools. */
public abstract class ImageContract extends BackendContract {
  @ParameterizedTest
  @CsvSource({"12, 12, 64", "5, 7, 33", "1, 1, 3", "1, 6, 16", "8, 1, 5", "2, 2, 1"})
  void depthwise(int height, int width, int channels) {
    ImageChecks checks = new ImageChecks(backends(), channels);
    for (int stride = 1; stride <= 2; stride++) {
      checks.depthwise(TensorType.F32, channels, height, width, stride, true);
      checks.depthwise(TensorType.F16, channels, height, width, stride, false);
    }
  }

  @Test
  void pools() {
    ImageChecks checks = new ImageChecks(backends(), 9);
    for (int channels : new int[] {1, 15, 16, 35, 64, 100, 256}) {
      checks.averagePool2(channels, 2, 2);
      checks.averagePool2(channels, 4, 10);
      checks.averagePool2(channels, 24, 24);
      checks.globalAveragePool(channels, 1);
      checks.globalAveragePool(channels, 577);
    }
  }
}
