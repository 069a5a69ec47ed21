package io.mvlm.cli.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JdkSearchTest {
  private static final String VECTOR = "java.base java.desktop jdk.incubator.vector";
  private static final String NO_VECTOR = "java.base java.desktop";
  private static final ClassArchive NO_ARCHIVE = ClassArchive.of(null, null, "mvlm.jar", true, false);

  @TempDir
  private Path root;

  private Path running;

  @BeforeEach
  void oldJvmRuns() throws IOException {
    running = jdk("running", "17.0.15", NO_VECTOR);
  }

  private Path jdk(String name, String version, String modules) throws IOException {
    Path home = root.resolve(name);
    Path java = home.resolve("bin/java");
    Files.createDirectories(java.getParent());
    Files.createFile(java);
    assertTrue(java.toFile().setExecutable(true));
    Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"Nobody\"\nJAVA_VERSION=\"" + version + "\"\nMODULES=\"" + modules + "\"\n");
    return home;
  }

  private Jdk best(Map<String, String> environment, Path... folders) {
    return new JdkSearch(environment, running, List.of(folders)).best();
  }

  @ParameterizedTest
  @CsvSource({"1.8.0_402, 8", "17.0.15, 17", "25, 25", "25.0.1, 25", "26-ea, 26", "nonsense, 0", "'', 0", "x25, 0"})
  void readsVersions(String version, int feature) {
    assertEquals(feature, Jdk.feature(version));
  }

  @Test
  void findsNothing() throws IOException {
    jdk("all/old", "21.0.2", VECTOR);
    assertNull(best(Map.of(), root.resolve("all"), root.resolve("missing")));
  }

  @Test
  void takesTheRunningOneFirst() throws IOException {
    running = jdk("recent", "25.0.1", VECTOR);
    Path other = jdk("other", "25.0.2", VECTOR);
    assertEquals(running, best(Map.of("JAVA_HOME", other.toString())).home());
  }

  @Test
  void environmentOutranksFolders() throws IOException {
    Path home = jdk("home", "26", VECTOR);
    Path told = jdk("told", "25.0.1", NO_VECTOR);
    jdk("all/a", "25", VECTOR);
    assertEquals(home, best(Map.of("JAVA_HOME", home.toString()), root.resolve("all")).home());
    Map<String, String> both = Map.of("JAVA_HOME", home.toString(), "MVLM_JAVA", told.resolve("bin/java").toString());
    assertEquals(told, best(both).home().toAbsolutePath());
    assertEquals(told, best(Map.of("MVLM_JAVA", told.toString())).home());
  }

  @Test
  void anOldOneThatIsToldIsNotTaken() throws IOException {
    Path home = jdk("home", "25", VECTOR);
    assertEquals(home, best(Map.of("MVLM_JAVA", running.toString(), "JAVA_HOME", home.toString())).home());
    assertTrue(new JdkSearch(Map.of("MVLM_JAVA", running.toString()), running, List.of()).namesNoJdk());
    assertTrue(new JdkSearch(Map.of("MVLM_JAVA", root.resolve("nowhere").toString()), running, List.of()).namesNoJdk());
    assertFalse(new JdkSearch(Map.of("MVLM_JAVA", home.toString()), running, List.of()).namesNoJdk());
    assertFalse(new JdkSearch(Map.of("MVLM_JAVA", ""), running, List.of()).namesNoJdk());
  }

  @Test
  void looksAlongThePath() throws IOException {
    Path home = jdk("somewhere", "25.0.1", VECTOR);
    Path links = Files.createDirectories(root.resolve("links"));
    Files.createSymbolicLink(links.resolve("java"), home.resolve("bin/java"));
    String path = root.resolve("none") + File.pathSeparator + links;
    assertEquals(home.toRealPath(), best(Map.of("PATH", path)).home());
  }

  @Test
  void prefersTheVectorApiWhereverItIs() throws IOException {
    Path without = jdk("without", "25.0.1", NO_VECTOR);
    Path with = jdk("all/with", "25.0.1", VECTOR);
    Jdk found = best(Map.of("JAVA_HOME", without.toString()), root.resolve("all"));
    assertEquals(with, found.home());
    assertTrue(found.hasVectorApi());
    found = best(Map.of("JAVA_HOME", without.toString()));
    assertEquals(without, found.home());
    assertFalse(found.hasVectorApi());
  }

  @Test
  void looksIntoBundlesOfMacOs() throws IOException {
    Path home = jdk("all/temurin-25.jdk/Contents/Home", "25.0.1", VECTOR);
    assertEquals(home, best(Map.of(), root.resolve("all")).home());
  }

  @Test
  void takesTheModuleFileWhereTheListIsMissing() throws IOException {
    Path home = jdk("plain", "25", VECTOR);
    Files.writeString(home.resolve("release"), "JAVA_VERSION=\"25\"\n");
    assertFalse(Jdk.at(home).hasVectorApi());
    Files.createFile(Files.createDirectories(home.resolve("jmods")).resolve("jdk.incubator.vector.jmod"));
    assertTrue(Jdk.at(home).hasVectorApi());
  }

  @Test
  void aFolderWithoutJavaIsNoJdk() throws IOException {
    Path home = jdk("broken", "25", VECTOR);
    Files.delete(home.resolve("bin/java"));
    assertNull(Jdk.at(home));
    assertNull(Jdk.at(root.resolve("nowhere")));
  }

  @Test
  void flagsFitTheJdk() throws IOException {
    Jdk tested = Jdk.at(jdk("tested", "25", VECTOR));
    assertTrue(JvmFlags.of(tested, false, NO_ARCHIVE, Map.of()).contains("--add-exports=java.base/jdk.internal.module=ALL-UNNAMED"));
    assertTrue(JvmFlags.of(Jdk.at(jdk("next", "26", VECTOR)), false, NO_ARCHIVE, Map.of()).contains("--add-modules=jdk.incubator.vector"));
    assertFalse(String.join(" ", JvmFlags.of(Jdk.at(jdk("without", "26", NO_VECTOR)), false, NO_ARCHIVE, Map.of())).contains("vector"));
    List<String> told = JvmFlags.of(tested, false, NO_ARCHIVE, Map.of("MVLM_OPTS", "  -Xmx8g  -Dx=y "));
    assertEquals(List.of("-Xmx8g", "-Dx=y"), told.subList(told.size() - 2, told.size()));
    assertTrue(told.contains("-XX:+UseSerialGC"));
    List<String> light = JvmFlags.of(tested, true, NO_ARCHIVE, Map.of());
    assertTrue(light.contains("-XX:TieredStopAtLevel=1"));
    assertFalse(String.join(" ", light).contains("vector"));
  }

  @Test
  void theCollectorAndTheYoungGenerationAreLeftToAUserWhoChoosesThem() throws IOException {
    Jdk jdk = Jdk.at(jdk("tested", "25", VECTOR));
    List<String> young = List.of("-XX:PretenureSizeThreshold=2m", "-Xmn16m");
    for (String options : List.of("", "-Dx=y -Xss1m -XX:MaxMetaspaceSize=64m")) {
      List<String> flags = JvmFlags.of(jdk, true, NO_ARCHIVE, Map.of("MVLM_OPTS", options));
      assertTrue(flags.contains("-XX:+UseSerialGC"), options);
      assertTrue(flags.containsAll(young), options);
    }
    for (String option : List.of("-Xmx32m", "-Xms8m", "-Xmn4m", "-XX:MaxHeapSize=32m", "-XX:InitialHeapSize=8m", "-XX:MaxNewSize=4m",
        "-XX:NewRatio=1", "-XX:MaxRAM=1g", "-XX:MaxRAMPercentage=5")) {
      List<String> flags = JvmFlags.of(jdk, true, NO_ARCHIVE, Map.of("MVLM_OPTS", option));
      assertTrue(flags.contains("-XX:+UseSerialGC"), option);
      assertTrue(Collections.disjoint(flags, young), option);
    }
    List<String> own = JvmFlags.of(jdk, true, NO_ARCHIVE, Map.of("MVLM_OPTS", "-XX:+UseZGC"));
    assertFalse(own.contains("-XX:+UseSerialGC"));
    assertTrue(Collections.disjoint(own, young));
  }
}
