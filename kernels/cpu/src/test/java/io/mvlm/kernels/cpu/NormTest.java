package io.mvlm.kernels.cpu;

import java.util.stream.IntStream;

class NormTest extends NormContract {
  @Override
  protected Backends open() {
    return new Backends();
  }

  @Override
  protected IntStream columns() {
    return IntStream.rangeClosed(1, 36);
  }
}
