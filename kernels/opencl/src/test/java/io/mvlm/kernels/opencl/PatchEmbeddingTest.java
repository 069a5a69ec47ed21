package io.mvlm.kernels.opencl;

import io.mvlm.kernels.cpu.Backends;
import io.mvlm.kernels.cpu.PatchEmbeddingContract;

class PatchEmbeddingTest extends PatchEmbeddingContract {
  @Override
  protected Backends open() {
    return Devices.variants();
  }
}
