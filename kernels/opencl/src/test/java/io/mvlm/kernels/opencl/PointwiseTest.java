package io.mvlm.kernels.opencl;

import io.mvlm.core.Nonlinearity;
import io.mvlm.kernels.cpu.Backends;
import io.mvlm.kernels.cpu.PointwiseChecks;
import io.mvlm.kernels.cpu.PointwiseContract;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PointwiseTest extends PointwiseContract {
  @Override
  protected Backends open() {
    return Devices.variants();
  }

  @Override
  protected IntStream columns() {
    return IntStream.of(1, 3, 63, 64, 65, 200, 515);
  }

  @ParameterizedTest
  @EnumSource
  void nonlinearitiesAroundWorkGroups(Nonlinearity f) {
    PointwiseChecks checks = new PointwiseChecks(backends(), f.ordinal());
    columns().forEach(columns -> checks.nonlinearity(f, 7, columns));
  }
}
