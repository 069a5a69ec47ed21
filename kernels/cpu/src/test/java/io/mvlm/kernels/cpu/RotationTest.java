package io.mvlm.kernels.cpu;

class RotationTest extends RotationContract {
  @Override
  protected Backends open() {
    return new Backends();
  }
}
