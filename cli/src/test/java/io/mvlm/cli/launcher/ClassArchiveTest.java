package io.mvlm.cli.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ClassArchiveTest {
  private static final String WRITES = "-XX:ArchiveClassesAtExit=";
  private static final String READS = "-XX:SharedArchiveFile=";

  @TempDir
  private Path root;

  private Path caches;
  private Path jar;
  private Jdk jdk;

  @BeforeEach
  void install() throws IOException {
    caches = root.resolve("caches");
    jar = Files.writeString(root.resolve("mvlm.jar"), "classes");
    Path java = Files.createDirectories(root.resolve("jdk/bin")).resolve("java");
    assertTrue(Files.createFile(java).toFile().setExecutable(true));
    Files.writeString(root.resolve("jdk/release"), "JAVA_VERSION=\"25\"\n");
    jdk = Jdk.at(root.resolve("jdk"));
  }

  private ClassArchive archive(boolean light, boolean worth) {
    return ClassArchive.of(caches, jdk, jar.toString(), light, worth);
  }

  /** A JVM that writes what its options name, and ends. */
  private void run(int exitCode) throws IOException {
    run(exitCode, "archive");
  }

  private void run(int exitCode, String written) throws IOException {
    ClassArchive archive = archive(true, true);
    Files.writeString(named(archive, WRITES), written);
    archive.settle(exitCode);
  }

  private static Path named(ClassArchive archive, String option) {
    String flag = archive.flags().getFirst();
    assertTrue(flag.startsWith(option), flag);
    return Path.of(flag.substring(option.length()));
  }

  private List<Path> kept() throws IOException {
    try (Stream<Path> files = Files.list(caches.resolve("mvlm/classes"))) {
      return files.toList();
    }
  }

  @Test
  void theFirstRunWritesWhatTheNextOnesRead() throws IOException {
    run(0);
    ClassArchive next = archive(true, false);
    assertEquals("archive", Files.readString(named(next, READS)));
    next.settle(0);
    assertEquals(List.of(named(next, READS)), kept());
  }

  @Test
  void nobodyReadsWhatIsBeingWritten() throws IOException {
    ClassArchive first = archive(true, true);
    ClassArchive second = archive(true, true);
    assertNotEquals(named(first, WRITES), named(second, WRITES));
    Files.writeString(named(first, WRITES), "half");
    assertEquals(List.of(), archive(true, false).flags());
    Files.writeString(named(second, WRITES), "whole");
    second.settle(0);
    assertEquals("whole", Files.readString(named(archive(true, true), READS)));
  }

  @Test
  void nobodyReadsWhatWasDamaged() throws IOException {
    run(0);
    Path damaged = kept().getFirst();
    Files.writeString(damaged, "archivf");
    assertEquals(List.of(), archive(true, false).flags());
    run(0, "another archive");
    Path whole = named(archive(true, true), READS);
    assertEquals("another archive", Files.readString(whole));
    assertEquals(List.of(whole), kept());
  }

  @Test
  void whatCannotBeReadDoesNotKeepTheNextFromServing() throws IOException {
    run(0);
    Path unreadable = kept().getFirst();
    Files.delete(unreadable);
    Files.createDirectories(unreadable.resolve("file"));
    run(0, "another archive");
    assertEquals("another archive", Files.readString(named(archive(true, true), READS)));
  }

  @Test
  void whatTwoRunsWroteAtOnceIsKeptOnce() throws IOException {
    ClassArchive first = archive(true, true);
    ClassArchive second = archive(true, true);
    Files.writeString(named(first, WRITES), "first");
    Files.writeString(named(second, WRITES), "second");
    first.settle(0);
    second.settle(0);
    assertEquals("second", Files.readString(named(archive(true, true), READS)));
    assertEquals(1, kept().size());
  }

  @Test
  void aRunThatFailedLeavesNothing() throws IOException {
    run(1);
    assertEquals(List.of(), kept());
    archive(true, true).settle(0); // of a JVM that wrote none
    assertEquals(List.of(), kept());
  }

  @Test
  void belongsToOneKindOfJvmAndOneJarAndOneJdk() throws IOException {
    run(0);
    assertEquals(List.of(), archive(false, false).flags());
    Files.writeString(jar, "other classes");
    assertEquals(List.of(), archive(true, false).flags());
    Files.writeString(jar, "classes");
    Files.setLastModifiedTime(jar, FileTime.from(Instant.EPOCH));
    run(0);
    assertEquals(2, kept().size());
    Files.writeString(root.resolve("jdk/release"), "JAVA_VERSION=\"25.0.1\"\n");
    assertEquals(List.of(), archive(true, false).flags());
  }

  @Test
  void whatIsOlderThanAMonthGoes() throws IOException {
    run(0);
    FileTime before = FileTime.from(Instant.now().minus(Duration.ofDays(31)));
    Files.setLastModifiedTime(kept().getFirst(), before);
    assertEquals(List.of(), archive(true, false).flags());
    Files.setLastModifiedTime(jar, before);
    run(0);
    assertEquals(List.of(named(archive(true, true), READS)), kept());
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aFolderThatMayNotBeWrittenIsLeftAlone() throws IOException {
    Path folder = Files.createDirectories(caches.resolve("mvlm/classes"));
    assumeTrue(folder.toFile().setWritable(false) && !Files.isWritable(folder), "root may write everywhere");
    assertEquals(List.of(), archive(true, true).flags());
    assertTrue(folder.toFile().setWritable(true));
  }

  @Test
  void whereNothingCanBeKeptThereIsNone() throws IOException {
    assertEquals(List.of(), ClassArchive.of(null, jdk, jar.toString(), true, true).flags());
    assertEquals(List.of(), ClassArchive.of(caches, jdk, "classes:mvlm.jar", true, true).flags());
    Files.writeString(caches, "a file");
    ClassArchive none = archive(true, true);
    assertEquals(List.of(), none.flags());
    none.settle(0);
    assertFalse(Files.isDirectory(caches));
  }

  @Test
  void liesWhereTheSystemKeepsCaches() {
    String home = root.toString();
    assertEquals(root.resolve(".cache"), ClassArchive.caches("Linux", home, Map.of("XDG_CACHE_HOME", "relative")));
    assertEquals(Path.of("/fast"), ClassArchive.caches("Linux", home, Map.of("XDG_CACHE_HOME", "/fast")));
    assertEquals(root.resolve("Library/Caches"), ClassArchive.caches("Mac OS X", home, Map.of("XDG_CACHE_HOME", "/fast")));
    assertEquals(Path.of("/local"), ClassArchive.caches("Windows 11", home, Map.of("LOCALAPPDATA", "/local")));
    assertNull(ClassArchive.caches("Linux", "?", Map.of()));
  }

  @Test
  void whatALightJvmLeftToAFullOneIsKeptToo() throws IOException {
    run(Launcher.FULL_JVM_NEEDED);
    assertEquals("archive", Files.readString(named(archive(true, false), READS)));
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aFolderInWhichOthersMayWriteIsNotTrusted() throws IOException {
    run(0);
    Path folder = caches.resolve("mvlm/classes");
    assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwx---"));
    assertEquals(List.of(), archive(true, true).flags());
  }

  @Test
  void theUsersOwnArchivesExcludeThisOne() {
    assertTrue(JvmFlags.leavesArchives(Map.of("MVLM_OPTS", "-Xmx8g")));
    assertFalse(JvmFlags.leavesArchives(Map.of("MVLM_OPTS", "-Xmx8g -XX:AOTCache=x")));
    assertFalse(JvmFlags.leavesArchives(Map.of("JAVA_TOOL_OPTIONS", "-Xshare:off")));
  }
}
