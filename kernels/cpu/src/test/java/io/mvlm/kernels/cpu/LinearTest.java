package io.mvlm.kernels.cpu;

import io.mvlm.core.Nonlinearity;
import io.mvlm.core.TensorType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every weight type, with tokens on both sides of each border between kernels. */
class LinearTest {
  private static final Backends BACKENDS = new Backends();
  private static final int[] TOKENS = {0, 1, 2, 3, 4, 7, 8, 9, 17, 65};

  @AfterAll
  static void close() {
    BACKENDS.close();
  }

  @ParameterizedTest
  @EnumSource
  void productsOfRandomShapes(TensorType type) {
    LinearChecks checks = new LinearChecks(BACKENDS, type.id());
    for (int round = 0; round < 4; round++) {
      for (int tokens : TOKENS) {
        checks.product(type, tokens);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void biasNonlinearityAndResidual(TensorType type) {
    LinearChecks checks = new LinearChecks(BACKENDS, type.id() + 100);
    for (Nonlinearity f : Nonlinearity.values()) {
      checks.epilogues(type, 1, f);
      checks.epilogues(type, 9, f);
    }
  }

  @ParameterizedTest
  @EnumSource
  void inputsThatAreViews(TensorType type) {
    LinearChecks checks = new LinearChecks(BACKENDS, type.id() + 600);
    for (int tokens : new int[] {1, 3, 4, 33, 65}) {
      checks.view(type, tokens);
    }
  }

  @ParameterizedTest
  @EnumSource
  void stackedWeights(TensorType type) {
    LinearChecks checks = new LinearChecks(BACKENDS, type.id() + 200);
    for (int tokens : new int[] {1, 3, 4, 17}) {
      checks.stacked(tokens, type, type, type);
      checks.stacked(tokens, type, TensorType.Q6_K);
      checks.stacked(tokens, TensorType.Q4_0, type, type, TensorType.F16);
    }
  }

  @ParameterizedTest
  @EnumSource
  void embeddings(TensorType type) {
    LinearChecks checks = new LinearChecks(BACKENDS, type.id() + 300);
    for (int round = 0; round < 5; round++) {
      checks.embedding(type);
    }
  }

  @ParameterizedTest
  @EnumSource
  void extremeMagnitudes(TensorType type) {
    LinearChecks checks = new LinearChecks(BACKENDS, type.id() + 400);
    for (int tokens : new int[] {1, 5}) {
      checks.magnitudes(type, tokens, 100, 1e5f);
      checks.magnitudes(type, tokens, 0.1f, 1e20f);
      checks.magnitudes(type, tokens, 1e-6f, 1); // subnormal as f16
      checks.magnitudes(type, tokens, 0.1f, 1e-40f); // subnormal as f32
      checks.zeros(type, tokens);
    }
  }

  @Test
  void columnsOfOneTokenAtATime() {
    LinearChecks checks = new LinearChecks(BACKENDS, 500);
    for (int tokens = 1; tokens <= 33; tokens++) {
      checks.product(TensorType.Q4_0, tokens);
      checks.product(TensorType.F16, tokens);
    }
  }
}
