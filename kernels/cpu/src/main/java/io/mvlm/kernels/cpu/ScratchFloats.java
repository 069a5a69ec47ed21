package io.mvlm.kernels.cpu;

import io.mvlm.core.ActivationStack;

/** Activations in arrays. */
final class ScratchFloats extends ActivationStack<float[], CpuActivation> {
  private static final int ALIGNMENT = 16;

  ScratchFloats() {
    super(ALIGNMENT);
  }

  @Override
  protected float[] newChunk(int floats) {
    return new float[floats];
  }

  @Override
  protected long length(float[] chunk) {
    return chunk.length;
  }

  @Override
  protected void free(float[] chunk) {
    // belongs to the collector
  }

  @Override
  protected CpuActivation matrix(float[] chunk, int offset, int rows, int columns) {
    return new CpuActivation(chunk, offset, rows, columns, columns);
  }
}
