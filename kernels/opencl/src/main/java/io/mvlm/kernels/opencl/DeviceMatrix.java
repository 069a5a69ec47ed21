package io.mvlm.kernels.opencl;

import io.mvlm.core.Shape;
import io.mvlm.core.Weight;
import java.util.List;

/**
 * A matrix on the device.
 *
 * @param parts by rows; more than one where the stacked tensors differ in type, or one buffer could not hold them
 */
record DeviceMatrix(Shape shape, List<MatrixPart> parts) implements Weight {
  @Override
  public long byteSize() {
    return parts.stream().mapToLong(part -> part.buffer().byteSize()).sum();
  }
}
