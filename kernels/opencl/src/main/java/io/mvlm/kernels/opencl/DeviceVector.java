package io.mvlm.kernels.opencl;

import io.mvlm.core.Shape;
import io.mvlm.core.Weight;

/** Small parameters as floats; depthwise kernels as {@code [9, channels]}. */
record DeviceVector(Shape shape, DeviceBuffer buffer) implements Weight {
  @Override
  public long byteSize() {
    return buffer.byteSize();
  }
}
