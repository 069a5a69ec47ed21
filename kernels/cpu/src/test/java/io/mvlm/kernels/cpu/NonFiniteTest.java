package io.mvlm.kernels.cpu;

class NonFiniteTest extends NonFiniteContract {
  @Override
  protected Backends open() {
    return new Backends();
  }
}
