package io.mvlm.kernels.cpu;

import io.mvlm.kernels.vector.VectorKernels;
import java.util.List;

class CeilingsTest extends CeilingsContract {
  @Override
  protected List<CpuKernels> kernels() {
    return List.of(new ScalarKernels(), new VectorKernels());
  }

  @Override
  protected List<CpuKernels> measured() {
    return kernels();
  }
}
