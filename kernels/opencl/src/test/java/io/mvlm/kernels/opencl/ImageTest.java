package io.mvlm.kernels.opencl;

import io.mvlm.kernels.cpu.Backends;
import io.mvlm.kernels.cpu.ImageContract;

class ImageTest extends ImageContract {
  @Override
  protected Backends open() {
    return Devices.variants();
  }
}
