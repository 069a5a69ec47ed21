package io.mvlm.kernels.codegen;

import io.mvlm.kernels.cpu.AttentionChecks;
import io.mvlm.kernels.cpu.Backends;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Attention of every row to every row in every tier, with rows on both sides of each border between panels and spans. */
@EnabledIf("io.mvlm.kernels.codegen.Tiers#isX86")
class AttentionTest {
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
  @ValueSource(ints = {1, 2, 7, 8, 9, 13, 20, 33, 64, 80, 128})
  void headSizes(int headSize) {
    AttentionChecks checks = new AttentionChecks(backends, headSize);
    for (int rows : new int[] {1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 65, 127, 128, 129, 200, 257}) {
      checks.attention(rows, 3, headSize, 1);
    }
  }

  @Test
  void scoresThatOverwhelmOthers() {
    AttentionChecks checks = new AttentionChecks(backends, 1000);
    checks.attention(300, 2, 64, 10);
    checks.attention(300, 2, 64, 0.01f);
    checks.attention(300, 2, 64, 0);
  }
}
