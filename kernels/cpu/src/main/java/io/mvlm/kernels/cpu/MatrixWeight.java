package io.mvlm.kernels.cpu;

import io.mvlm.core.Shape;
import io.mvlm.core.Weight;
import java.util.List;

/**
 * One or more packed matrices stacked by rows.
 *
 * @param parts equal columns; more than one when the stacked tensors differ in type
 */
record MatrixWeight(Shape shape, List<PackedMatrix> parts) implements Weight {
  @Override
  public long byteSize() {
    long bytes = 0;
    for (PackedMatrix part : parts) {
      bytes += part.byteSize();
    }
    return bytes;
  }
}
