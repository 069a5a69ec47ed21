package io.mvlm.kernels.cpu;

class AttentionTest extends AttentionContract {
  @Override
  protected Backends open() {
    return new Backends();
  }

  @Override
  protected int[] sizesOfHeads() {
    return new int[] {1, 2, 8, 20, 33, 64, 80, 128};
  }

  @Override
  protected int[] rows() {
    return new int[] {1, 2, 7, 8, 9, 31, 64, 65, 128, 129, 200};
  }
}
