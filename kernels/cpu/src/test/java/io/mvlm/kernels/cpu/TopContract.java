package io.mvlm.kernels.cpu;

import org.junit.jupiter.api.Test;

/** The largest values of a row. */
public abstract class TopContract extends BackendContract {
  @Test
  void theLargestOfARow() {
    TopChecks checks = new TopChecks(backends(), 1);
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
