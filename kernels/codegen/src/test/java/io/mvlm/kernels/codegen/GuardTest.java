package io.mvlm.kernels.codegen;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.mvlm.kernels.vector.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** {@link GuardMain} in a JVM of its own, which a kernel that leaves its buffers would end. */
@EnabledOnOs(OS.LINUX)
@EnabledIf("io.mvlm.kernels.codegen.Tiers#isX86")
class GuardTest {
  @Test
  void kernelsStayInTheirBuffers() {
    ChildJvm.Result result = ChildJvm.runPlain(GuardMain.class, "-XX:ErrorFile=/dev/null", "--enable-native-access=ALL-UNNAMED");
    assertEquals("done", result.output().strip());
    assertEquals(0, result.exitCode());
  }
}
