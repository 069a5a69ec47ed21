package io.mvlm.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The library as named modules: the model finds the backends by their descriptors. */
class ModulePathTest {
  private static ChildJvm.Result run(String... flags) {
    List<String> arguments = new ArrayList<>(List.of(flags));
    arguments.addAll(List.of("io.mvlm.model.outside.EmbeddingProgram", Golden.file("lm/f16.gguf").toString(),
        Golden.vision("ldpv2").toString(), Golden.file("images/landscape_336.png").toString()));
    return withModules(arguments);
  }

  /** @param arguments flags, the main class and what it gets */
  private static ChildJvm.Result withModules(List<String> arguments) {
    Path model = ChildJvm.home(MobileVlm.class);
    assumeTrue(!Files.isDirectory(model) || Files.isRegularFile(model.resolve("module-info.class")), () -> model + " is no module");
    String modules = RuntimeClassPathTest.runtime().stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    List<String> words = new ArrayList<>(List.of("-p", modules, "--add-modules", "io.mvlm.model", "-cp",
        ChildJvm.home(ModulePathTest.class).toString()));
    words.addAll(arguments);
    return ChildJvm.run(words.toArray(String[]::new));
  }

  private static String line(ChildJvm.Result result, String start) {
    return result.output().lines().filter(line -> line.startsWith(start)).findFirst().orElseGet(result::output);
  }

  @Test
  void backendsAreFound() {
    ChildJvm.Result result = run("--add-modules", "jdk.incubator.vector");
    assertEquals(0, result.exitCode(), result.output());
    assertEquals("module io.mvlm.model", line(result, "module "));
    assertTrue(line(result, "backend ").startsWith("backend vector"), result.output());
    assertTrue(line(result, "text ").startsWith("text ribut W/"), result.output());
  }

  @Test
  void withoutTheVectorModuleItComputesInPlainLoopsAndSaysWhy() {
    ChildJvm.Result result = run();
    assertEquals(0, result.exitCode(), result.output());
    assertTrue(line(result, "backend ").startsWith("backend scalar"), result.output());
    assertTrue(line(result, "note backend vector not used").contains("--add-modules jdk.incubator.vector"), result.output());
    assertTrue(line(result, "text ").startsWith("text ribut W/"), result.output());
  }

  @Test
  void theBundledModelIsFound() {
    Path picture = Path.of(System.getProperty("mvlm.root", "."), "samples", "scene.png");
    ChildJvm.Result result = withModules(List.of("io.mvlm.model.outside.DemoProgram", picture.toString(), "What does the sign say?"));
    assertEquals(0, result.exitCode(), result.output());
    assertEquals("module io.mvlm.model", line(result, "module "));
    assertEquals("text coffee", line(result, "text "));
  }
}
