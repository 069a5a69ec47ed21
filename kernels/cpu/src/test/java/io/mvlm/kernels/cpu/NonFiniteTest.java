package io.mvlm.kernels.cpu;

import io.mvlm.core.Nonlinearity;
import io.mvlm.core.TensorType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Infinities and NaN stay in their own row, and hang nothing. */
@Timeout(60)
class NonFiniteTest {
  private static final Backends BACKENDS = new Backends();
  private static final NonFiniteChecks CHECKS = new NonFiniteChecks(BACKENDS);

  @AfterAll
  static void close() {
    BACKENDS.close();
  }

  @ParameterizedTest
  @EnumSource
  void tokensAreIndependent(TensorType type) {
    CHECKS.tokensAreIndependent(type);
  }

  @ParameterizedTest
  @EnumSource
  void nonlinearitiesEnd(Nonlinearity f) {
    CHECKS.nonlinearitiesEnd(f);
  }

  @ParameterizedTest
  @CsvSource({"F16, 1e5", "F16, NaN", "F32, Infinity", "F32, NaN"})
  void rowsDoNotSeeLaterOnes(TensorType cacheType, float value) {
    CHECKS.rowsDoNotSeeLaterOnes(cacheType, value);
  }
}
