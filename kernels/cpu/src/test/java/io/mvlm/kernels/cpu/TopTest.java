package io.mvlm.kernels.cpu;

class TopTest extends TopContract {
  @Override
  protected Backends open() {
    return new Backends();
  }
}
