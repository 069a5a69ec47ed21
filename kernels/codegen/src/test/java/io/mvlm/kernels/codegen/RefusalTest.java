package io.mvlm.kernels.codegen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.mvlm.kernels.vector.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Where code may not be generated, one line says why, and the JVM lives on. */
@EnabledIf("io.mvlm.kernels.codegen.Tiers#isX86")
class RefusalTest {
  @Test
  void withoutNativeAccessTheFlagIsNamed() {
    String said = run("--illegal-native-access=deny");
    assertEquals("codegen needs the JVM flag --enable-native-access=ALL-UNNAMED", said);
  }

  @Test
  void withNativeAccessItIsMade() {
    assertEquals("made", run("--enable-native-access=ALL-UNNAMED"));
  }

  /** What of the JVM's own code would still have to become executable is asked for at once. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void aHardenedSystemIsNamed() {
    String said = run("--enable-native-access=ALL-UNNAMED", "-D" + RefusalMain.HARDENED + "=true", "-XX:-SegmentedCodeCache",
        "-XX:ReservedCodeCacheSize=16m", "-XX:InitialCodeCacheSize=16m");
    assumeFalse(said.equals(RefusalMain.UNKNOWN), "this system cannot be told to refuse");
    assertTrue(said.startsWith("this system does not allow generated code ("), said);
    assertEquals(1, said.lines().count(), said);
  }

  private static String run(String... flags) {
    ChildJvm.Result result = ChildJvm.runPlain(RefusalMain.class, flags);
    assertEquals(0, result.exitCode(), result.output());
    return result.output().strip();
  }
}
