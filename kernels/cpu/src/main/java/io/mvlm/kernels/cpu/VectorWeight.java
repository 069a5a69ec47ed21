package io.mvlm.kernels.cpu;

import io.mvlm.core.Shape;
import io.mvlm.core.Weight;

/** Small parameters as floats; depthwise kernels as {@code [9, channels]}. */
record VectorWeight(Shape shape, float[] values) implements Weight {
  @Override
  public long byteSize() {
    return (long) values.length * Float.BYTES;
  }
}
