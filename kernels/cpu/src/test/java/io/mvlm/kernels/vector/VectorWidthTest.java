package io.mvlm.kernels.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The kernels at every width that this processor can be told to have. */
class VectorWidthTest {
  @ParameterizedTest
  @CsvSource({"-XX:MaxVectorSize=16, 128", "-XX:MaxVectorSize=32, 256", "-XX:MaxVectorSize=64, 512", "-XX:UseAVX=2, 256"})
  void narrower(String flag, int bits) {
    assumeTrue(Set.of("amd64", "x86_64").contains(System.getProperty("os.arch")), "the flags are those of x86-64");
    int here = Lanes.FLOATS.vectorBitSize();
    assumeTrue(here >= bits, "this processor has " + here + " bits");
    // Short runs: compile what is tested soon.
    ChildJvm.Result result = ChildJvm.run(VectorWidthMain.class, flag, "-XX:CompileCommand=quiet",
        "-XX:CompileCommand=CompileThresholdScaling,io.mvlm.kernels.vector.*::*,0.02");
    assertEquals(0, result.exitCode(), result.output());
    String output = result.output().strip();
    assertTrue(output.endsWith("\n" + bits) || output.equals("" + bits), output);
  }
}
