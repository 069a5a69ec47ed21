package io.mvlm.kernels.vector;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Another JVM of the same installation and with the same classes, for what must be set when a JVM starts. */
public final class ChildJvm {
  private static final int LIMIT_SECONDS = 240;

  private ChildJvm() {}

  /**
   * What it ended with.
   *
   * @param output standard output and error together
   */
  public record Result(int exitCode, String output) {}

  /** With the Vector API and native access. */
  static Result run(Class<?> main, String... flags) {
    List<String> all = new ArrayList<>(List.of(flags));
    all.addAll(List.of("-Xlog:disable", "-Xlog:all=error:stderr", "--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"));
    return runPlain(main, all.toArray(String[]::new));
  }

  /** With these flags alone. */
  public static Result runPlain(Class<?> main, String... flags) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(flags));
    command.addAll(List.of("-Xmx1g", "-cp", System.getProperty("java.class.path"), main.getName()));
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      // One that hangs ends as one that was killed.
      CompletableFuture.delayedExecutor(LIMIT_SECONDS, TimeUnit.SECONDS).execute(process::destroyForcibly);
      try {
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output);
      } finally {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
