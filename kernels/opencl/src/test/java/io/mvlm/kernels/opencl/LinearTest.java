package io.mvlm.kernels.opencl;

import io.mvlm.core.Nonlinearity;
import io.mvlm.core.TensorType;
import io.mvlm.kernels.cpu.Backends;
import io.mvlm.kernels.cpu.LinearChecks;
import io.mvlm.kernels.cpu.NonFiniteChecks;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every weight type, with tokens on both sides of each border between kernels. */
class LinearTest {
  private static final int[] TOKENS = {0, 1, 3, 4, 9, 17, 65};

  private static Backends backends;

  @BeforeAll
  static void open() {
    backends = Devices.variants();
  }

  @AfterAll
  static void close() {
    if (backends != null) {
      backends.close();
    }
  }

  @ParameterizedTest
  @EnumSource
  void productsOfRandomShapes(TensorType type) {
    LinearChecks checks = new LinearChecks(backends, type.id());
    for (int round = 0; round < 4; round++) {
      for (int tokens : TOKENS) {
        checks.product(type, tokens);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "Q4_0"})
  void biasNonlinearityAndResidual(TensorType type) {
    LinearChecks checks = new LinearChecks(backends, type.id() + 100);
    for (Nonlinearity f : Nonlinearity.values()) {
      checks.epilogues(type, 1, f);
      checks.epilogues(type, 9, f);
    }
  }

  @ParameterizedTest
  @EnumSource
  void inputsThatAreViews(TensorType type) {
    LinearChecks checks = new LinearChecks(backends, type.id() + 600);
    for (int tokens : new int[] {1, 3, 4, 33, 65}) {
      checks.view(type, tokens);
    }
  }

  @ParameterizedTest
  @EnumSource
  void stackedWeights(TensorType type) {
    LinearChecks checks = new LinearChecks(backends, type.id() + 200);
    for (int tokens : new int[] {1, 17}) {
      checks.stacked(tokens, type, type, type);
      checks.stacked(tokens, TensorType.Q4_0, type, type, TensorType.F16);
    }
  }

  @ParameterizedTest
  @EnumSource
  void embeddings(TensorType type) {
    LinearChecks checks = new LinearChecks(backends, type.id() + 300);
    for (int round = 0; round < 5; round++) {
      checks.embedding(type);
    }
  }

  @ParameterizedTest
  @EnumSource
  void extremeMagnitudes(TensorType type) {
    LinearChecks checks = new LinearChecks(backends, type.id() + 400);
    for (int tokens : new int[] {1, 5}) {
      checks.magnitudes(type, tokens, 100, 1e5f);
      checks.magnitudes(type, tokens, 0.1f, 1e20f);
      checks.magnitudes(type, tokens, 1e-6f, 1); // subnormal as f16
      checks.zeros(type, tokens);
    }
    new NonFiniteChecks(backends).tokensAreIndependent(type);
  }
}
