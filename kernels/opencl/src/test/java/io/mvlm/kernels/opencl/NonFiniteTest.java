package io.mvlm.kernels.opencl;

import io.mvlm.core.TensorType;
import io.mvlm.kernels.cpu.Backends;
import io.mvlm.kernels.cpu.NonFiniteChecks;
import io.mvlm.kernels.cpu.NonFiniteContract;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NonFiniteTest extends NonFiniteContract {
  @Override
  protected Backends open() {
    return Devices.variants();
  }

  @ParameterizedTest
  @CsvSource({"Infinity", "NaN"})
  void rowsDoNotSeeLaterOnesOfFloats(float value) {
    new NonFiniteChecks(backends()).rowsDoNotSeeLaterOnes(TensorType.F32, value);
  }
}
