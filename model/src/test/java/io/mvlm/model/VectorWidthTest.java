package io.mvlm.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The vector backend at every length of vectors that processors have; one that this processor lacks becomes its longest. */
class VectorWidthTest {
  @ParameterizedTest
  @ValueSource(ints = {16, 32, 64})
  void goldenAtEveryWidth(int bytes) {
    ChildJvm.Result result = ChildJvm.run("-XX:MaxVectorSize=" + bytes, "--add-modules", "jdk.incubator.vector", "-Xmx1g", "-cp",
        System.getProperty("java.class.path"), GoldenCheck.class.getName());
    assertEquals(0, result.exitCode(), result.output());
    Matcher bits = Pattern.compile("(\\d+) bit").matcher(result.output());
    assertTrue(bits.find() && Integer.parseInt(bits.group(1)) <= 8 * bytes, result.output());
  }
}
