package io.mvlm.kernels.opencl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.BackendUnavailableException;
import io.mvlm.core.Execution;
import io.mvlm.core.Nonlinearity;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Building programs, and keeping what was built. */
class ProgramsTest {
  @TempDir
  private Path folder;

  private float[] relu(Path cache) {
    try (OpenClBackend backend = Devices.backend(Devices.any(), Devices.tuning(), Features.NONE, new ProgramCache(cache));
        Execution ex = backend.newExecution()) {
      return ex.run(() -> ex.read(ex.apply(Nonlinearity.RELU, ex.input(new float[] {-1, 2}, 1, 2))));
    }
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  @Test
  void keptProgramsServeAgainAndDamagedOnesAreBuiltAnew() throws IOException {
    float[] expected = {0, 2};
    assertArrayEquals(expected, relu(folder));
    assertEquals(1, files().size());
    Path file = files().getFirst();
    byte[] good = Files.readAllBytes(file);
    assertArrayEquals(expected, relu(folder));
    byte[] damaged = good.clone();
    damaged[good.length / 2] ^= 1;
    for (byte[] bad : List.of(damaged, new byte[0], new byte[10])) {
      Files.write(file, bad);
      assertArrayEquals(expected, relu(folder));
      assertTrue(Files.size(file) > 32, "was not written anew");
    }
  }

  @Test
  void aProgramThatTheDriverRefusesIsBuiltAnew() throws IOException {
    relu(folder);
    Path file = files().getFirst();
    ProgramCache cache = new ProgramCache(folder);
    cache.store(Devices.any(), "options", "source", "not a program".getBytes());
    Path other = files().stream().filter(f -> !f.equals(file)).findFirst().orElseThrow();
    Files.copy(other, file, StandardCopyOption.REPLACE_EXISTING); // well kept, but nonsense
    assertArrayEquals(new float[] {0, 2}, relu(folder));
  }

  @Test
  void withoutAFolderToWriteToItBuildsEveryTime() throws IOException {
    Path blocked = Files.createFile(folder.resolve("file")).resolve("below");
    assertArrayEquals(new float[] {0, 2}, relu(blocked));
    assertFalse(Files.exists(blocked));
  }

  @Test
  void theLogOfAFailedBuildIsShown() {
    try (OpenClBackend backend = Devices.backend()) {
      String message = assertThrows(BackendUnavailableException.class,
          () -> backend.call(() -> backend.programs().get("", "linear.cl"))).getMessage(); // without what it builds on
      assertTrue(message.contains("cannot build linear.cl") && message.contains("nonlinear"), message);
    }
  }

  /** Not every driver's compiler reads other characters, even in comments. */
  @ParameterizedTest
  @ValueSource(strings = {"attention", "blocks", "image", "linear", "nonlinearity", "norm", "pointwise", "roofline", "top"})
  void sourcesAreAscii(String family) throws IOException {
    try (InputStream in = Programs.class.getResourceAsStream(family + ".cl")) {
      for (byte b : in.readAllBytes()) {
        assertTrue(b > 0, family);
      }
    }
  }

  @Test
  void theCacheLiesWhereTheSystemKeepsCaches() {
    assertEquals(Path.of("/home/a/.cache"), UserFolder.caches("Linux", "/home/a", Map.of()));
    assertEquals(Path.of("/x"), UserFolder.caches("Linux", "/home/a", Map.of("XDG_CACHE_HOME", "/x")));
    assertEquals(Path.of("/Users/a/Library/Caches"), UserFolder.caches("Mac OS X", "/Users/a", Map.of()));
    assertEquals(Path.of("L"), UserFolder.caches("Windows 11", "U", Map.of("LOCALAPPDATA", "L")));
  }
}
