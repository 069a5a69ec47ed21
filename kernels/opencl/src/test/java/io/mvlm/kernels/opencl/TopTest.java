package io.mvlm.kernels.opencl;

import io.mvlm.kernels.cpu.Backends;
import io.mvlm.kernels.cpu.TopChecks;
import io.mvlm.kernels.cpu.TopContract;
import org.junit.jupiter.api.Test;

class TopTest extends TopContract {
  @Override
  protected Backends open() {
    return Devices.variants();
  }

  @Test
  void ofSharesOfWorkGroups() {
    TopChecks checks = new TopChecks(backends(), 40);
    for (int columns : new int[] {1, 9, 1023, 1025, 5000}) {
      for (int k : new int[] {0, 1, 40, 256, 257}) {
        if (k <= columns) {
          checks.distinct(columns, k);
          checks.ties(columns, k);
          checks.ramps(columns, k);
          checks.special(columns, k);
        }
      }
    }
    checks.ties(150_000, 1); // more shares than groups
    checks.ties(150_000, 3);
  }
}
