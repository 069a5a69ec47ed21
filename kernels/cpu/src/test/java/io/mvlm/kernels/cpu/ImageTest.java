package io.mvlm.kernels.cpu;

class ImageTest extends ImageContract {
  @Override
  protected Backends open() {
    return new Backends();
  }
}
