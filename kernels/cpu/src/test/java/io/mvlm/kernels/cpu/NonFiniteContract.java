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
  @CsvSource({"F16, 1e5", "F16, NaN", "F32, Infinity", "F32, NaN"})
  void rowsDoNotSeeLaterOnes(TensorType cacheType, float value) {
    new NonFiniteChecks(backends()).rowsDoNotSeeLaterOnes(cacheType, value);
  }
}
