package io.mvlm.kernels.codegen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** {@link GuardMain} in a JVM of its own, which a kernel that leaves its buffers would end. */
@EnabledOnOs(OS.LINUX)
@EnabledIf("io.mvlm.kernels.codegen.Tiers#isX86")
class GuardTest {
  @Test
  void kernelsStayInTheirBuffers() throws IOException, InterruptedException {
    Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx1g",
        "-XX:ErrorFile=/dev/null", "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
        GuardMain.class.getName()).redirectErrorStream(true).start();
    try {
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(process.waitFor(120, TimeUnit.SECONDS), output);
      assertEquals("done", output.strip());
      assertEquals(0, process.exitValue());
    } finally {
      process.destroyForcibly();
    }
  }
}
