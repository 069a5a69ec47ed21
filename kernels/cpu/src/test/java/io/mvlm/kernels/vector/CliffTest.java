package io.mvlm.kernels.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** No kernel has fallen off the cliff behind which plain loops are faster; in a JVM of its own, whose compiler has seen nothing else. */
class CliffTest {
  /** As in {@link AllocationTest}: a JVM may get stuck in a bad compilation, but not every JVM. */
  private static final int ATTEMPTS = 3;

  @Test
  void vectorKernelsAreSeveralTimesFasterThanPlainLoops() {
    check();
  }

  /** What other code of the program reads must not make C2 unsure of what kernels read, see {@link Native}. */
  @Test
  void besideArraysReadAsSegments() {
    check("-D" + CliffMain.ARRAYS_FIRST + "=true");
  }

  private static void check(String... flags) {
    ChildJvm.Result result = ChildJvm.run(CliffMain.class, flags);
    for (int attempt = 1; attempt < ATTEMPTS && result.exitCode() != 0; attempt++) {
      result = ChildJvm.run(CliffMain.class, flags);
    }
    assertEquals(0, result.exitCode(), result.output());
  }
}
