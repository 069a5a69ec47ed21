package io.mvlm.kernels.cpu;

import io.mvlm.core.Nonlinearity;
import io.mvlm.core.TensorType;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Infinities and NaN stay in their own row, and hang nothing. */
@Timeout(60)
public abstract class NonFiniteContract extends BackendContract {
  @ParameterizedTest
  @EnumSource
  void tokensAreIndependent(TensorType type) {
    new NonFiniteChecks(backends()).tokensAreIndependent(type);
  }

  @ParameterizedTest
  @EnumSource
  void nonlinearitiesEnd(Nonlinearity f) {
    new NonFiniteChecks(backends()).nonlinearitiesEnd(f);
  }

  @ParameterizedTest
  @CsvSource({"1e5", "NaN"})
  void rowsDoNotSeeLaterOnesOfHalves(float value) {
    new NonFiniteChecks(backends()).rowsDoNotSeeLaterOnes(TensorType.F16, value);
  }
}
