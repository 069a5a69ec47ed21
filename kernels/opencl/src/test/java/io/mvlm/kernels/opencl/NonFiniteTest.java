package io.mvlm.kernels.opencl;

import io.mvlm.kernels.cpu.Backends;
import io.mvlm.kernels.cpu.NonFiniteContract;

class NonFiniteTest extends NonFiniteContract {
  @Override
  protected Backends open() {
    return Devices.variants();
  }
}
