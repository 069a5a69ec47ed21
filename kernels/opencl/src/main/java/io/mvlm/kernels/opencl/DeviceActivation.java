package io.mvlm.kernels.opencl;

import io.mvlm.core.Activation;

/**
 * Row r, column c is the float {@code offset + r·stride + c} of the buffer.
 *
 * @param stride distance of two rows, at least {@code columns} (larger for a view of columns)
 */
record DeviceActivation(DeviceBuffer buffer, int offset, int rows, int columns, int stride) implements Activation {
  int row(int r) {
    return offset + r * stride;
  }

  boolean contiguous() {
    return stride == columns || rows <= 1;
  }
}
