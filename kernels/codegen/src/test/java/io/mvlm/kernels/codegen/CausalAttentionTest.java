package io.mvlm.kernels.codegen;

import io.mvlm.core.KvCache;
import io.mvlm.core.TensorType;
import io.mvlm.kernels.cpu.Backends;
import io.mvlm.kernels.cpu.CausalChecks;
import io.mvlm.kernels.cpu.CausalChecks.Sequence;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Attention over a cache in every tier, row by row and many rows at a time. */
@EnabledIf("io.mvlm.kernels.codegen.Tiers#isX86")
class CausalAttentionTest {
  private static Backends backends;

  @BeforeAll
  static void open() {
    backends = LinearTest.backends();
  }

  @AfterAll
  static void close() {
    backends.close();
  }

  @ParameterizedTest
  @CsvSource({"F16, 8, 1", "F16, 20, 3", "F16, 33, 4", "F16, 64, 3", "F16, 80, 1", "F16, 128, 1", "F32, 8, 4", "F32, 20, 1", "F32, 33, 3",
      "F32, 64, 1", "F32, 80, 3", "F16, 1, 2", "F32, 1, 2"})
  void inOneBatchTokenByTokenAndInChunks(TensorType type, int headSize, int group) {
    CausalChecks checks = new CausalChecks(backends);
    Sequence sequence = new Sequence(new KvCache.Spec(2, 2, headSize, 150, type), group, 140, headSize);
    for (int portion : new int[] {140, 1, 2, 7, 16, 17, 33, 65}) {
      checks.run(sequence, portion);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "F32"})
  void overTheBordersOfPages(TensorType type) {
    CausalChecks checks = new CausalChecks(backends);
    Sequence sequence = new Sequence(new KvCache.Spec(1, 1, 20, 600, type), 2, 530, 1);
    checks.run(sequence, 530);
    checks.run(sequence, 100);
    checks.run(sequence, 1);
  }
}
