package io.mvlm.kernels.vector;

import io.mvlm.core.Nonlinearity;
import io.mvlm.core.TensorType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** No kernel allocates once it is compiled. */
class AllocationTest {
  private static final AllocationChecks CHECKS = new AllocationChecks();

  @AfterAll
  static void close() {
    CHECKS.close();
  }

  @ParameterizedTest
  @EnumSource
  void oneToken(TensorType type) {
    CHECKS.linear(type, 1);
  }

  @ParameterizedTest
  @EnumSource
  void manyTokens(TensorType type) {
    CHECKS.linear(type, 16);
  }

  @ParameterizedTest
  @EnumSource
  void nonlinearities(Nonlinearity f) {
    CHECKS.nonlinearity(f);
  }

  @Test
  void rowOperations() {
    CHECKS.rows();
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "F32"})
  void attentionOverACache(TensorType type) {
    CHECKS.causalAttention(type, 1);
    CHECKS.causalAttention(type, 16);
  }

  @Test
  void attention() {
    CHECKS.attention();
  }
}
