package io.mvlm.cli.launcher;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;

/**
 * The loaded classes of a run before, which a JVM maps instead of reading and verifying them (class data sharing): a fifth of the time in
 * which the bundled model answers. A file in the user's cache folder for each JDK and jar; the first run that answers about a picture leaves
 * it, and a month later another makes it anew. It is written under a name of its own and renamed when the writing process has ended, so that
 * no JVM reads half a file. Its name tells its sum, which is checked here: the JVM would take fifty milliseconds for that. The JVM itself
 * checks that file, JDK and jar belong together, and does without where they do not.
 */
final class ClassArchive {
  private static final String FOLDER = "classes";
  private static final long MONTH_MILLIS = TimeUnit.DAYS.toMillis(30);
  /** Room for an archive several times over: a JVM that cannot write what it began to write ends as if it had failed. */
  private static final long ROOM = 64 << 20;

  private static final String SUFFIX = ".jsa";
  /** Bytes that are read at a time. */
  private static final int PART = 1 << 18;

  private static final ClassArchive NONE = new ClassArchive(null, null, null);

  /** What a JVM reads, or null. */
  private final Path file;
  /** What this run writes, or null. */
  private final Path draft;
  /** With which the name of what was written begins. */
  private final String name;

  private ClassArchive(Path file, Path draft, String name) {
    this.file = file;
    this.draft = draft;
    this.name = name;
  }

  /**
   * The archive for a JVM.
   *
   * @param caches the folder of caches; null for none
   * @param jar the class path, of which an archive can be made if it is one file
   * @param light as of {@link JvmFlags#of}
   * @param worth whether this run loads what later ones will need
   */
  static ClassArchive of(Path caches, Jdk jdk, String jar, boolean light, boolean worth) {
    try {
      Path path = Paths.get(jar).toAbsolutePath();
      // The JVM takes a separator for the end of an archive's name.
      if (caches == null || caches.toString().contains(File.pathSeparator) || !Files.isRegularFile(path)) {
        return NONE;
      }
      String key = light + "\n" + described(jdk.home().resolve("release")) + "\n" + described(path);
      String name = UUID.nameUUIDFromBytes(key.getBytes(StandardCharsets.UTF_8)).toString();
      Path folder = caches.resolve("mvlm").resolve(FOLDER);
      if (worth && !Files.exists(folder)) {
        Files.createDirectories(folder);
        if (isPosix(folder)) {
          Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        }
      }
      if (!Files.exists(folder) || !isOwn(folder)) {
        return NONE;
      }
      Path file = find(folder, name);
      if (file != null) {
        return new ClassArchive(file, null, name);
      }
      if (!worth || !Files.isWritable(folder) || Files.getFileStore(folder).getUsableSpace() < ROOM) {
        return NONE;
      }
      return new ClassArchive(null, folder.resolve(name + "." + UUID.randomUUID() + ".draft"), name);
    } catch (IOException | InvalidPathException | UnsupportedOperationException unusable) {
      return NONE;
    }
  }

  /** The archive that begins with that name, or null if there is none that can be read, is whole, and young enough. */
  private static Path find(Path folder, String name) {
    String[] names = folder.toFile().list();
    if (names != null) {
      for (String candidate : names) {
        Path file = folder.resolve(candidate);
        try {
          if (isArchive(candidate, name) && Files.isReadable(file) && !isOld(file) && candidate.equals(finalName(name, file))) {
            return file;
          }
        } catch (IOException unreadable) {
          // Another may serve.
        }
      }
    }
    return null;
  }

  private static boolean isArchive(String candidate, String name) {
    return candidate.startsWith(name) && candidate.endsWith(SUFFIX);
  }

  private static String finalName(String name, Path file) throws IOException {
    CRC32 sum = new CRC32();
    byte[] part = new byte[PART];
    try (InputStream in = new FileInputStream(file.toFile())) {
      for (int n; (n = in.read(part)) > 0; ) {
        sum.update(part, 0, n);
      }
    }
    return name + "." + Long.toHexString(sum.getValue()) + SUFFIX;
  }

  private static boolean isPosix(Path folder) {
    return folder.getFileSystem().supportedFileAttributeViews().contains("posix");
  }

  /** Whether nobody else can put code there. */
  private static boolean isOwn(Path folder) throws IOException {
    if (!isPosix(folder)) {
      return true; // a user's own by where it lies
    }
    Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(folder);
    return Files.getOwner(folder).getName().equals(System.getProperty("user.name"))
        && !permissions.contains(PosixFilePermission.GROUP_WRITE) && !permissions.contains(PosixFilePermission.OTHERS_WRITE);
  }

  private static boolean isOld(Path file) throws IOException {
    return System.currentTimeMillis() - Files.getLastModifiedTime(file).toMillis() > MONTH_MILLIS;
  }

  private static String described(Path file) throws IOException {
    return file + " " + Files.size(file) + " " + Files.getLastModifiedTime(file);
  }

  /** Where the system keeps caches of programs; null if it says nowhere. */
  static Path caches(String system, String home, Map<String, String> environment) {
    String os = system.toLowerCase(Locale.ROOT);
    String local = environment.get("LOCALAPPDATA");
    String xdg = environment.get("XDG_CACHE_HOME");
    try {
      if (os.startsWith("windows") && local != null) {
        return Paths.get(local);
      }
      if (!os.startsWith("mac") && xdg != null && xdg.startsWith("/")) {
        return Paths.get(xdg);
      }
      if (!Paths.get(home).isAbsolute()) {
        return null;
      }
      return os.startsWith("mac") ? Paths.get(home, "Library", "Caches") : Paths.get(home, ".cache");
    } catch (InvalidPathException unusable) {
      return null;
    }
  }

  /** The options by which a JVM uses the archive, or makes it. */
  List<String> flags() {
    if (this == NONE) {
      return Collections.emptyList();
    }
    return Arrays.asList(draft == null ? "-XX:SharedArchiveFile=" + file : "-XX:ArchiveClassesAtExit=" + draft, "-Xlog:cds*=off:stderr",
        "-Xlog:aot*=off:stderr");
  }

  /**
   * After the JVM has ended: keeps what it wrote if the run did what was asked, or left it to another JVM. What it takes the place of goes,
   * and what is older than a month.
   */
  void settle(int exitCode) {
    if (draft == null) {
      return;
    }
    Path kept = null;
    try {
      if ((exitCode == 0 || exitCode == Launcher.FULL_JVM_NEEDED) && Files.exists(draft)) {
        try (FileChannel written = FileChannel.open(draft, StandardOpenOption.WRITE)) {
          written.force(true);
        }
        kept = Files.move(draft, draft.resolveSibling(finalName(name, draft)), StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (IOException left) {
      // The next run tries again.
    }
    delete(draft);
    try (DirectoryStream<Path> others = Files.newDirectoryStream(draft.getParent())) {
      for (Path other : others) {
        if (kept != null && !other.equals(kept) && isArchive(other.getFileName().toString(), name) || isOld(other)) {
          delete(other);
        }
      }
    } catch (IOException | DirectoryIteratorException left) {
      // The next run tries again.
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException left) {
      // In use, or somebody else's.
    }
  }
}
