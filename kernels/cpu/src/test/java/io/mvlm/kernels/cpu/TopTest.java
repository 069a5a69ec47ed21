package io.mvlm.kernels.cpu;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class TopTest {
  private static final Backends BACKENDS = new Backends();

  @AfterAll
  static void close() {
    BACKENDS.close();
  }

  @Test
  void theLargestOfARow() {
    TopChecks checks = new TopChecks(BACKENDS, 1);
    for (int columns : new int[] {1, 7, 1000}) {
      for (int k : new int[] {0, 1, columns / 2, columns}) {
        checks.distinct(columns, k);
        checks.ties(columns, k);
        checks.ramps(columns, k);
        checks.special(columns, k);
      }
    }
  }
}
