package io.mvlm.kernels.codegen;

import io.mvlm.core.TensorType;
import io.mvlm.kernels.cpu.Backends;
import io.mvlm.kernels.cpu.ImageChecks;
import io.mvlm.kernels.cpu.ImageContract;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

@EnabledIf("io.mvlm.kernels.codegen.Tiers#isX86")
class ImageTest extends ImageContract {
  @Override
  protected Backends open() {
    return Tiers.backends();
  }

  @Test
  void channelsAroundWholeVectors() {
    ImageChecks checks = new ImageChecks(backends(), 1);
    for (int channels : new int[] {1, 15, 35, 64, 256}) {
      for (int stride = 1; stride <= 2; stride++) {
        checks.depthwise(TensorType.F32, channels, 1, 1, stride, true);
        checks.depthwise(TensorType.F32, channels, 5, 7, stride, true);
        checks.depthwise(TensorType.F16, channels, 24, 24, stride, false);
      }
    }
  }

  @Test
  void patches() {
    ImageChecks checks = new ImageChecks(backends(), new CodegenRounding(), 3);
    checks.patchEmbedding(TensorType.F16, 40, 3, 14, 45, 60);
    checks.patchEmbedding(TensorType.F32, 17, 3, 5, 20, 21);
  }
}
