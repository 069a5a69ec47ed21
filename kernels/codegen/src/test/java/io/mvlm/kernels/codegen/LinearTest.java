package io.mvlm.kernels.codegen;

import io.mvlm.core.Backend;
import io.mvlm.core.Nonlinearity;
import io.mvlm.core.TensorType;
import io.mvlm.kernels.cpu.Backends;
import io.mvlm.kernels.cpu.CpuBackend;
import io.mvlm.kernels.cpu.LinearChecks;
import io.mvlm.kernels.cpu.ScalarKernels;
import io.mvlm.kernels.vector.VectorKernels;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every weight type in every tier, with tokens on both sides of each border between tiles. */
@EnabledIf("io.mvlm.kernels.codegen.Tiers#isX86")
class LinearTest {
  private static final int[] TOKENS = {0, 1, 2, 3, 4, 5, 12, 13, 14, 16, 17, 33, 66};
  private static Backends backends;

  /** Each tier with one thread and with three. */
  static Backends backends() {
    return new Backends(Tiers.here().stream().flatMap(tier -> Stream.<Backend>of(new CpuBackend(new CodegenKernels(tier, new VectorKernels()), 3),
        new CpuBackend(new CodegenKernels(tier, new ScalarKernels()), 1))).toArray(Backend[]::new));
  }

  @BeforeAll
  static void open() {
    backends = backends();
  }

  @AfterAll
  static void close() {
    backends.close();
  }

  @ParameterizedTest
  @EnumSource
  void productsOfRandomShapes(TensorType type) {
    LinearChecks checks = new LinearChecks(backends, new CodegenRounding(), type.id());
    for (int round = 0; round < 4; round++) {
      for (int tokens : TOKENS) {
        checks.product(type, tokens);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyCountOfTokens(TensorType type) {
    LinearChecks checks = new LinearChecks(backends, new CodegenRounding(), type.id() + 500);
    IntStream.rangeClosed(1, 40).forEach(tokens -> checks.product(type, tokens));
  }

  @ParameterizedTest
  @EnumSource
  void biasNonlinearityAndResidual(TensorType type) {
    LinearChecks checks = new LinearChecks(backends, new CodegenRounding(), type.id() + 100);
    for (Nonlinearity f : Nonlinearity.values()) {
      checks.epilogues(type, 1, f);
      checks.epilogues(type, 9, f);
    }
  }

  @ParameterizedTest
  @EnumSource
  void inputsThatAreViews(TensorType type) {
    LinearChecks checks = new LinearChecks(backends, new CodegenRounding(), type.id() + 600);
    for (int tokens : new int[] {1, 3, 4, 33, 65}) {
      checks.view(type, tokens);
    }
  }

  @ParameterizedTest
  @EnumSource
  void stackedWeights(TensorType type) {
    LinearChecks checks = new LinearChecks(backends, new CodegenRounding(), type.id() + 200);
    for (int tokens : new int[] {1, 3, 4, 17}) {
      checks.stacked(tokens, type, type, type);
      checks.stacked(tokens, type, TensorType.Q6_K);
      checks.stacked(tokens, TensorType.Q4_0, type, type, TensorType.F16);
    }
  }

  @ParameterizedTest
  @EnumSource
  void embeddings(TensorType type) {
    LinearChecks checks = new LinearChecks(backends, new CodegenRounding(), type.id() + 300);
    for (int round = 0; round < 5; round++) {
      checks.embedding(type);
    }
  }

  @ParameterizedTest
  @EnumSource
  void valuesThatTakeThePrecisionOfOthers(TensorType type) {
    LinearChecks checks = new LinearChecks(backends, new CodegenRounding(), type.id() + 700);
    for (int tokens : new int[] {1, 3, 4, 13, 14, 33}) {
      checks.spikes(type, tokens);
    }
  }

  @ParameterizedTest
  @EnumSource
  void extremeMagnitudes(TensorType type) {
    LinearChecks checks = new LinearChecks(backends, new CodegenRounding(), type.id() + 400);
    for (int tokens : new int[] {1, 5}) {
      checks.magnitudes(type, tokens, 100, 1e5f);
      checks.magnitudes(type, tokens, 0.1f, 1e20f);
      checks.magnitudes(type, tokens, 1e-6f, 1); // subnormal as f16
      checks.magnitudes(type, tokens, 0.1f, 1e-40f); // subnormal as f32
      checks.zeros(type, tokens);
    }
  }
}
