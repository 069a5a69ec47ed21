package io.mvlm.kernels.opencl;

import io.mvlm.kernels.cpu.Backends;
import io.mvlm.kernels.cpu.NormContract;
import java.util.stream.IntStream;

class NormTest extends NormContract {
  @Override
  protected Backends open() {
    return Devices.variants();
  }

  @Override
  protected IntStream columns() {
    return IntStream.of(1, 2, 7, 8, 9, 127, 128, 129, 1024);
  }
}
