package io.mvlm.kernels.cpu;

import io.mvlm.core.Nonlinearity;
import io.mvlm.core.TensorType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Products with weights of every type. */
public abstract class LinearContract extends BackendContract {
  /** Counts of tokens on both sides of each border between kernels. */
  protected abstract int[] tokens();

  /** What the kernels make of activations before they multiply. */
  protected InputRounding rounding() {
    return new InputRounding();
  }

  protected final LinearChecks checks(long seed) {
    return new LinearChecks(backends(), rounding(), seed);
  }

  @ParameterizedTest
  @EnumSource
  void productsOfRandomShapes(TensorType type) {
    LinearChecks checks = checks(type.id());
    for (int round = 0; round < 4; round++) {
      for (int tokens : tokens()) {
        checks.product(type, tokens);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void shapesOneAfterTheOther(TensorType type) {
    checks(type.id() + 1500).shapesOneAfterTheOther(type);
  }

  @ParameterizedTest
  @EnumSource
  void biasNonlinearityAndResidual(TensorType type) {
    LinearChecks checks = checks(type.id() + 100);
    for (Nonlinearity f : Nonlinearity.values()) {
      checks.epilogues(type, 1, f);
      checks.epilogues(type, 9, f);
    }
  }

  @ParameterizedTest
  @EnumSource
  void inputsThatAreViews(TensorType type) {
    LinearChecks checks = checks(type.id() + 600);
    for (int tokens : new int[] {1, 3, 4, 33, 65}) {
      checks.view(type, tokens);
    }
  }

  @ParameterizedTest
  @EnumSource
  void stackedWeights(TensorType type) {
    LinearChecks checks = checks(type.id() + 200);
    for (int tokens : new int[] {1, 3, 4, 17}) {
      checks.stacked(tokens, type, type, type);
      checks.stacked(tokens, type, TensorType.Q6_K);
      checks.stacked(tokens, TensorType.Q4_0, type, type, TensorType.F16);
    }
  }

  @ParameterizedTest
  @EnumSource
  void embeddings(TensorType type) {
    LinearChecks checks = checks(type.id() + 300);
    for (int round = 0; round < 5; round++) {
      checks.embedding(type);
    }
  }

  @ParameterizedTest
  @EnumSource
  void extremeMagnitudes(TensorType type) {
    LinearChecks checks = checks(type.id() + 400);
    for (int tokens : new int[] {1, 5}) {
      checks.magnitudes(type, tokens, 100, 1e5f);
      checks.magnitudes(type, tokens, 0.1f, 1e20f);
      checks.magnitudes(type, tokens, 1e-6f, 1); // subnormal as f16
      checks.magnitudes(type, tokens, 0.1f, 1e-40f); // subnormal as f32
      checks.zeros(type, tokens);
    }
  }
}
