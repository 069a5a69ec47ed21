package io.mvlm.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two hundred models one after the other, half of them with a conversation that nobody closes, leave nothing behind. */
@Tag("slow")
class SoakTest {
  /** The cache of one forgotten conversation takes 512 KB, a model 8 MB: 180 rounds may not lose four caches altogether. */
  private static final long MOST_NATIVE = 2 << 20;
  /** A forgotten model holds its vocabulary and scratch memory, a good megabyte: 180 rounds may not lose eight. */
  private static final long MOST_HEAP = 8 << 20;

  private static ChildJvm.Result result;

  @BeforeAll
  static void run() {
    String classPath = Stream.concat(RuntimeClassPathTest.runtime().stream(), Stream.of(ChildJvm.home(SoakTest.class)))
        .map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    result = ChildJvm.run("-Xmx512m", "-XX:NativeMemoryTracking=summary", "--add-modules", "jdk.incubator.vector", "-cp", classPath,
        "io.mvlm.model.outside.SoakProgram", "200", "20", Golden.file("lm/f16.gguf").toString(), Golden.vision("ldpv2").toString(),
        Golden.file("images/landscape_336.png").toString());
    System.out.print(result.output());
  }

  /** In use after the last round, less that after the warm-up. */
  private static long growth(String what) {
    assertEquals(0, result.exitCode(), result.output());
    String line = result.output().lines().filter(l -> l.startsWith(what + " ")).findFirst().orElseThrow();
    long[] numbers = Arrays.stream(line.split(" ")).skip(1).mapToLong(Long::parseLong).toArray();
    return numbers[1] - numbers[0];
  }

  @Test
  void nativeMemory() {
    assertTrue(growth("native") < MOST_NATIVE, result.output());
  }

  @Test
  void heap() {
    assertTrue(growth("heap") < MOST_HEAP, result.output());
  }

  @Test
  void threads() {
    assertEquals(0, growth("threads"), result.output());
  }
}
