package io.mvlm.kernels.opencl;

import io.mvlm.kernels.cpu.Backends;
import io.mvlm.kernels.cpu.RotationContract;

class RotationTest extends RotationContract {
  @Override
  protected Backends open() {
    return Devices.variants();
  }
}
