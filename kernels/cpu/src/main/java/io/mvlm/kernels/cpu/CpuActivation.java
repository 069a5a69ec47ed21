package io.mvlm.kernels.cpu;

import io.mvlm.core.Activation;

/**
 * Row r, column c is {@code data[offset + r·stride + c]}.
 *
 * @param stride distance of two rows, at least {@code columns} (larger for a view of columns)
 */
record CpuActivation(float[] data, int offset, int rows, int columns, int stride) implements Activation {
  int row(int r) {
    return offset + r * stride;
  }
}
