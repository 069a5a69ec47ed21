package io.mvlm.cli.launcher;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Looks for a JDK that can run mvlm: {@code MVLM_JAVA} (a JDK's folder or its {@code java}), the JVM that runs, {@code JAVA_HOME},
 * {@code PATH}, then the folders where installers and version managers put JDKs.
 */
final class JdkSearch {
  private final Map<String, String> environment;
  private final Path running;
  private final List<Path> folders;

  /**
   * @param running home of the JVM that runs
   * @param folders folders that hold one JDK in each subfolder
   */
  JdkSearch(Map<String, String> environment, Path running, List<Path> folders) {
    this.environment = environment;
    this.running = running;
    this.folders = folders;
  }

  static JdkSearch ofThisMachine() {
    String user = System.getProperty("user.home");
    List<Path> folders = new ArrayList<Path>();
    for (String folder : new String[] {
      "/usr/lib/jvm", "/usr/java", "/usr/local/lib/jvm", "/opt", "/opt/java", "/Library/Java/JavaVirtualMachines",
      "/opt/homebrew/opt", "/usr/local/opt", user + "/.sdkman/candidates/java", user + "/.jdks", user + "/.asdf/installs/java",
      user + "/.local/share/mise/installs/java", user + "/Library/Java/JavaVirtualMachines"}) {
      folders.add(Paths.get(folder));
    }
    String programs = System.getenv("ProgramFiles");
    if (programs != null) {
      for (String vendor : new String[] {"Java", "Eclipse Adoptium", "Microsoft", "Zulu", "Amazon Corretto", "BellSoft"}) {
        folders.add(Paths.get(programs, vendor));
      }
    }
    return new JdkSearch(System.getenv(), Paths.get(System.getProperty("java.home")), folders);
  }

  /** Whether {@code MVLM_JAVA} is set, but not to a JDK that can run mvlm. */
  boolean namesNoJdk() {
    String place = environment.get("MVLM_JAVA");
    Jdk told = named(place);
    return place != null && !place.isEmpty() && (told == null || !told.isRecentEnough());
  }

  /**
   * The first JDK in the order above that is recent enough and has the Vector API; else the first that is recent enough;
   * null if there is none. What {@code MVLM_JAVA} names is taken as it is, if it is recent enough.
   */
  Jdk best() {
    Jdk told = named(environment.get("MVLM_JAVA"));
    if (told != null && told.isRecentEnough()) {
      return told;
    }
    Jdk second = null;
    for (Path home : places()) {
      Jdk jdk = Jdk.at(home);
      if (jdk == null || !jdk.isRecentEnough()) {
        continue;
      }
      if (jdk.hasVectorApi()) {
        return jdk;
      }
      second = second == null ? jdk : second;
    }
    return second;
  }

  private static Jdk named(String place) {
    if (place == null || place.isEmpty()) {
      return null;
    }
    try {
      Path path = Paths.get(place);
      return Files.isDirectory(path) ? Jdk.at(path) : Jdk.at(homeOf(path));
    } catch (InvalidPathException notAPath) {
      return null;
    }
  }

  private Set<Path> places() {
    Set<Path> places = new LinkedHashSet<Path>();
    places.add(running);
    String javaHome = environment.get("JAVA_HOME");
    if (javaHome != null) {
      add(places, javaHome);
    }
    String path = environment.get("PATH");
    if (path != null) {
      for (String folder : path.split(File.pathSeparator)) {
        addOfProgram(places, folder);
      }
    }
    for (Path folder : folders) {
      for (Path entry : sorted(folder)) {
        places.add(entry);
        places.add(entry.resolve("Contents").resolve("Home"));
        places.add(entry.resolve("libexec").resolve("openjdk.jdk").resolve("Contents").resolve("Home"));
      }
    }
    return places;
  }

  private static void add(Set<Path> places, String folder) {
    try {
      places.add(Paths.get(folder));
    } catch (InvalidPathException notAPath) {
      // An entry that is no path of this system cannot hold a JDK.
    }
  }

  private static void addOfProgram(Set<Path> places, String folder) {
    try {
      for (String name : new String[] {"java", "java.exe"}) {
        Path program = Paths.get(folder, name);
        if (Files.isExecutable(program)) {
          places.add(homeOf(program));
        }
      }
    } catch (InvalidPathException notAPath) {
      // As above.
    }
  }

  /** {@code HOME/bin/java} → HOME, links followed. */
  private static Path homeOf(Path program) {
    Path real = program.toAbsolutePath();
    try {
      real = program.toRealPath();
    } catch (IOException broken) {
      // The folder of a link that leads nowhere is no JDK either.
    }
    Path bin = real.getParent();
    return bin == null || bin.getParent() == null ? real : bin.getParent();
  }

  private static List<Path> sorted(Path folder) {
    List<Path> entries = new ArrayList<Path>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
        for (Path entry : stream) {
          entries.add(entry);
        }
      } catch (IOException unreadable) {
        return entries;
      }
    }
    Collections.sort(entries);
    return entries;
  }
}
