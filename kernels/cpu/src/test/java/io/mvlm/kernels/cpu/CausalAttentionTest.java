package io.mvlm.kernels.cpu;

class CausalAttentionTest extends CausalAttentionContract {
  @Override
  protected Backends open() {
    return new Backends();
  }
}
