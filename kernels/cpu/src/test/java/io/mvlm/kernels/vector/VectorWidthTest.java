package io.mvlm.kernels.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The kernels at every width that this processor can be told to have. */
class VectorWidthTest {
  @ParameterizedTest
  @CsvSource({"-XX:MaxVectorSize=16, 128", "-XX:MaxVectorSize=32, 256", "-XX:MaxVectorSize=64, 512", "-XX:UseAVX=2, 256"})
  void narrower(String flag, int bits) throws IOException, InterruptedException {
    assumeTrue(Set.of("amd64", "x86_64").contains(System.getProperty("os.arch")), "the flags are those of x86-64");
    int here = Lanes.FLOATS.vectorBitSize();
    assumeTrue(here >= bits, "this processor has " + here + " bits");
    Process process = new ProcessBuilder(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(), flag, "-Xmx1g", "-Xlog:disable", "-Xlog:all=error:stderr",
        // short runs: compile what is tested soon
        "-XX:CompileCommand=quiet", "-XX:CompileCommand=CompileThresholdScaling,io.mvlm.kernels.vector.*::*,0.02",
        "--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
        VectorWidthMain.class.getName())).redirectErrorStream(true).start();
    String output;
    try {
      process.getOutputStream().close();
      output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), output);
    } finally {
      process.destroyForcibly();
    }
    assertEquals(0, process.exitValue(), output);
    assertTrue(output.strip().endsWith("\n" + bits) || output.strip().equals("" + bits), output);
  }
}
