package io.mvlm.kernels.opencl;

import io.mvlm.kernels.cpu.AttentionContract;
import io.mvlm.kernels.cpu.Backends;

class AttentionTest extends AttentionContract {
  @Override
  protected Backends open() {
    return Devices.variants();
  }

  @Override
  protected int[] sizesOfHeads() {
    return new int[] {1, 3, 8, 33, 64, 80, 128};
  }

  @Override
  protected int[] rows() {
    return new int[] {1, 2, 15, 16, 17, 65, 130};
  }
}
