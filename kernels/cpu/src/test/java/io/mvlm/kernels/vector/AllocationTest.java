package io.mvlm.kernels.vector;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No kernel allocates once it is compiled, however wide the vectors are; in JVMs of their own, whose compilers have seen nothing else. */
class AllocationTest {
  /**
   * What C2 knows when it compiles a kernel depends on the moment, and now and then it decides badly and stays with that. A kernel that it
   * cannot compile fails in every JVM.
   */
  private static final int ATTEMPTS = 3;

  @Test
  void atFullWidth() {
    check(Lanes.FLOATS.vectorBitSize());
  }

  @ParameterizedTest
  @ValueSource(ints = {128, 256})
  void narrower(int bits) {
    assumeTrue(Set.of("amd64", "x86_64").contains(System.getProperty("os.arch")), "the flag is one of x86-64");
    int here = Lanes.FLOATS.vectorBitSize();
    assumeTrue(here > bits, "this processor has " + here + " bits");
    check(bits, "-XX:MaxVectorSize=" + bits / 8);
  }

  /** As the launcher has them compiled, before a large model is there. */
  @Test
  void compiledEarly() {
    check(Lanes.FLOATS.vectorBitSize(), "-XX:CompileCommand=quiet",
        "-XX:CompileCommand=CompileThresholdScaling,io.mvlm.kernels.vector.*::*,0.1",
        "-XX:CompileCommand=BackgroundCompilation,io.mvlm.kernels.vector.*::*,false");
  }

  private static void check(int bits, String... flags) {
    StringBuilder failures = new StringBuilder();
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      ChildJvm.Result result = ChildJvm.run(AllocationMain.class, flags);
      if (result.exitCode() == 0) {
        assertTrue(result.output().strip().endsWith(bits + " bits"), result.output());
        return;
      }
      failures.append(result.output()).append('\n');
    }
    fail(failures.toString());
  }
}
