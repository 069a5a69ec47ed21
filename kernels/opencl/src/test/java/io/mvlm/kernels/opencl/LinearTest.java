package io.mvlm.kernels.opencl;

import io.mvlm.kernels.cpu.Backends;
import io.mvlm.kernels.cpu.LinearContract;

class LinearTest extends LinearContract {
  @Override
  protected Backends open() {
    return Devices.variants();
  }

  @Override
  protected int[] tokens() {
    return new int[] {0, 1, 3, 4, 9, 17, 65};
  }
}
