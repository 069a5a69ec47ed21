package io.mvlm.kernels.opencl;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/** Where a user's files of this backend lie. */
final class UserFolder {
  private static final String PROPERTY = "mvlm.opencl.cache";

  private UserFolder() {}

  /** The folder that the system property {@value #PROPERTY} names, else {@code mvlm/opencl} where the system keeps caches of programs. */
  static Path cache() {
    String named = System.getProperty(PROPERTY);
    return named != null ? Path.of(named) : caches(System.getProperty("os.name"), System.getProperty("user.home"), System.getenv())
        .resolve("mvlm").resolve("opencl");
  }

  static Path caches(String system, String home, Map<String, String> environment) {
    String os = system.toLowerCase(Locale.ROOT);
    if (os.startsWith("windows") && environment.containsKey("LOCALAPPDATA")) {
      return Path.of(environment.get("LOCALAPPDATA"));
    }
    if (os.startsWith("mac")) {
      return Path.of(home, "Library", "Caches");
    }
    String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
    return xdg.startsWith("/") ? Path.of(xdg) : Path.of(home, ".cache");
  }
}
