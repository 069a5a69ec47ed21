package io.mvlm.kernels.cpu;

class PatchEmbeddingTest extends PatchEmbeddingContract {
  @Override
  protected Backends open() {
    return new Backends();
  }
}
