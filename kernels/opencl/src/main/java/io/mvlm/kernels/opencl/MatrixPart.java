package io.mvlm.kernels.opencl;

/**
 * Rows of a matrix in one buffer.
 *
 * @param planes offset of each plane of the layout, bytes
 * @param first the row of the whole that its row 0 is
 */
record MatrixPart(BlockLayout layout, DeviceBuffer buffer, long[] planes, int rows, int columns, int first) {
  /** Gives the kernel what {@code MATRIX_ARGUMENTS} of blocks.cl names. */
  Kernel giveTo(Kernel kernel) {
    return kernel.with(buffer).with((int) planes[1]).with((int) planes[2]).with((int) planes[3]).with(layout.groups(columns)).with(rows)
        .with(first);
  }
}
