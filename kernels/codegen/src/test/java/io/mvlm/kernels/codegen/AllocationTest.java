package io.mvlm.kernels.codegen;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mvlm.core.Nonlinearity;
import io.mvlm.core.RotaryEmbedding;
import io.mvlm.core.TensorType;
import io.mvlm.kernels.cpu.ScalarKernels;
import io.mvlm.kernels.vector.AllocationChecks;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Calls of generated kernels allocate nothing once they are compiled. */
@EnabledIf("io.mvlm.kernels.codegen.Tiers#isX86")
class AllocationTest {
  private static AllocationChecks checks;

  @BeforeAll
  static void open() {
    checks = new AllocationChecks(new CodegenKernels(Tiers.here().getFirst(), new ScalarKernels()));
  }

  @AfterAll
  static void close() {
    checks.close();
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "F32"})
  void attentionOverACache(TensorType type) {
    checks.causalAttention(type, 64, 1);
    checks.causalAttention(type, 64, 16);
  }

  @ParameterizedTest
  @EnumSource
  void nonlinearities(Nonlinearity f) {
    checks.nonlinearity(f);
  }

  @Test
  void rows() {
    checks.rows();
  }

  @ParameterizedTest
  @EnumSource
  void rotations(RotaryEmbedding.Pairing pairing) {
    checks.rotation(pairing);
  }

  @Test
  void attention() {
    checks.attention(64);
  }

  @ParameterizedTest
  @EnumSource(names = {"Q4_0", "Q8_0", "Q6_K", "F16"})
  void linear(TensorType type) {
    checks.linear(type, 1);
    checks.linear(type, 40);
  }

  @ParameterizedTest
  @EnumSource(names = {"Q4_0", "Q6_K", "F16"})
  void embedding(TensorType type) {
    checks.embedding(type);
  }

  /** On a machine with a matrix unit the tests above do not come by these products. */
  @Test
  void linearInIntegers() {
    assumeTrue(Tiers.here().contains(Tier.AVX512_VNNI));
    try (AllocationChecks integers = new AllocationChecks(new CodegenKernels(Tier.AVX512_VNNI, new ScalarKernels()))) {
      integers.linear(TensorType.F16, 40);
      integers.linear(TensorType.Q4_0, 40);
    }
  }
}
