package io.mvlm.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.Tensor;
import io.mvlm.gguf.GgufFile;
import io.mvlm.kernels.cpu.CpuBackend;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whoever embeds model and kernels gets Java and nothing else. */
class RuntimeClassPathTest {
  private static final Pattern NATIVE = Pattern.compile(".*\\.(so|dll|dylib|jnilib|a|lib|exe)(\\.[0-9.]+)?");

  /** Where the modules of an embedding program come from. */
  static List<Path> runtime() {
    return Stream.of(Tensor.class, GgufFile.class, CpuBackend.class, MobileVlm.class, IntArrayList.class).map(ChildJvm::home).distinct()
        .toList();
  }

  @Test
  void holdsNoNativeLibrary() throws IOException {
    for (Path home : runtime()) {
      assertEquals(List.of(), files(home).stream().filter(name -> NATIVE.matcher(name).matches()).toList(), home.toString());
    }
  }

  @Test
  void knowsNothingOfLwjgl() {
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      assertFalse(entry.contains("lwjgl"), entry);
    }
    assertNull(ClassLoader.getSystemResource("org/lwjgl/system/Library.class"));
  }

  @Test
  void modulesRequireNothingElse() throws IOException {
    Set<String> required = new TreeSet<>();
    for (Path home : runtime()) {
      if (Files.isRegularFile(home.resolve("module-info.class"))) {
        try (InputStream in = Files.newInputStream(home.resolve("module-info.class"))) {
          required.addAll(ModuleDescriptor.read(in).requires().stream().map(ModuleDescriptor.Requires::name).toList());
        }
      }
    }
    required.removeIf(name -> name.startsWith("java.") || name.startsWith("io.mvlm."));
    assertTrue(Set.of("jdk.incubator.vector", "it.unimi.dsi.fastutil").containsAll(required), required.toString());
  }

  private static List<String> files(Path home) throws IOException {
    if (Files.isDirectory(home)) {
      return list(home);
    }
    try (FileSystem jar = FileSystems.newFileSystem(home)) {
      return list(jar.getPath("/"));
    }
  }

  private static List<String> list(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files.filter(Files::isRegularFile).map(Path::toString).toList();
    }
  }
}
