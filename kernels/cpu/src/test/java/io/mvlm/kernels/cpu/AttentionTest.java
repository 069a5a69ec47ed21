package io.mvlm.kernels.cpu;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AttentionTest {
  private static final Backends BACKENDS = new Backends();

  @AfterAll
  static void close() {
    BACKENDS.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 8, 20, 33, 64, 80, 128})
  void headSizes(int headSize) {
    AttentionChecks checks = new AttentionChecks(BACKENDS, headSize);
    for (int rows : new int[] {1, 2, 7, 8, 9, 31, 64, 65, 128, 129, 200}) {
      checks.attention(rows, 3, headSize, 1);
    }
  }

  @Test
  void scoresThatOverwhelmOthers() {
    AttentionChecks checks = new AttentionChecks(BACKENDS, 1000);
    checks.attention(150, 2, 64, 10);
    checks.attention(150, 2, 64, 0.01f);
    checks.attention(150, 2, 64, 0);
  }
}
