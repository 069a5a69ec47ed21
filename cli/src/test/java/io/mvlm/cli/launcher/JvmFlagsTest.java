package io.mvlm.cli.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JvmFlagsTest {
  private static final Path HOME = Path.of(System.getProperty("java.home"));

  private static List<String> flags() {
    return flags(false);
  }

  private static List<String> flags(boolean light) {
    return JvmFlags.of(Jdk.at(HOME), light, ClassArchive.of(null, Jdk.at(HOME), "", false, false), Map.of());
  }

  /** The JVM is silent about a name that means nothing. */
  @Test
  void whatC2IsToldNamesMethodsThatThereAre() throws ClassNotFoundException {
    List<String> missing = new ArrayList<>();
    int found = 0;
    for (String flag : flags()) {
      if (flag.startsWith("-XX:CompileCommand=dontinline,")) {
        String[] method = flag.substring(flag.indexOf(',') + 1).split("::");
        String pattern = method[1].replace("*", ".*");
        Class<?> type = Class.forName(method[0], false, JvmFlagsTest.class.getClassLoader());
        if (Stream.of(type.getDeclaredMethods()).noneMatch(m -> m.getName().matches(pattern))) {
          missing.add(flag);
        }
        found++;
      }
    }
    assertEquals(List.of(), missing);
    assertTrue(found > 10, "flags: " + found);
  }

  /** Benchmarks stand beside the program, not above it, and say the same in an annotation. */
  @Test
  void benchmarksTellC2TheSame() throws IOException {
    String source = Files.readString(Path.of("../bench/src/main/java/io/mvlm/bench/KernelBenchmark.java"));
    List<String> told = flags().stream().filter(flag -> flag.startsWith("-XX:CompileCommand=dontinline,")).toList();
    List<String> there = Pattern.compile("-XX:CompileCommand=dontinline,[^\"]+").matcher(source).results().map(MatchResult::group).toList();
    assertEquals(told, there);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theJvmTakesThemWithoutAWord(boolean light) throws Exception {
    List<String> command = new ArrayList<>(List.of(HOME.resolve("bin").resolve("java").toString()));
    command.addAll(flags(light));
    command.addAll(Arrays.asList("-cp", System.getProperty("java.class.path"), Silent.class.getName()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    assertEquals("", new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
    assertEquals(0, process.waitFor());
  }

  /** Does nothing. */
  static final class Silent {
    private Silent() {}

    public static void main(String[] arguments) {}
  }
}
