package io.mvlm.kernels.cpu;

import io.mvlm.core.Backend;

class CpuExecutionTest extends ExecutionContract {
  @Override
  protected Backend open() {
    return new CpuBackend(new ScalarKernels(), 2);
  }
}
