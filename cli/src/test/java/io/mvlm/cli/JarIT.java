package io.mvlm.cli;

import static io.mvlm.cli.Cli.IMAGE;
import static io.mvlm.cli.Cli.LANGUAGE_MODEL;
import static io.mvlm.cli.Cli.MMPROJ;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The jar as a user starts it: a process of its own. */
class JarIT {
  private static final Path JAR = Path.of(System.getProperty("mvlm.jar"));
  private static final String ONE_PIXEL_WEBP = "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==";
  /** LWJGL's, for the backend opencl alone. */
  private static final List<String> NATIVE_LIBRARIES = List.of("linux/arm64/org/lwjgl/liblwjgl.so", "linux/x64/org/lwjgl/liblwjgl.so",
      "macos/arm64/org/lwjgl/liblwjgl.dylib", "macos/x64/org/lwjgl/liblwjgl.dylib", "windows/x64/org/lwjgl/lwjgl.dll");
  private static final int PATIENCE_SECONDS = 120;

  @TempDir
  private Path folder;

  private ProcessBuilder jar(Object... arguments) {
    List<String> command = new ArrayList<>(List.of(ProcessHandle.current().info().command().orElse("java"), "-jar", JAR.toString()));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(folder.resolve("out").toFile())
        .redirectError(folder.resolve("err").toFile());
    builder.environment().put("XDG_CACHE_HOME", folder.resolve("caches").toString());
    builder.environment().put("LOCALAPPDATA", folder.resolve("caches").toString());
    return builder;
  }

  private Cli.Result finish(Process process) throws IOException, InterruptedException {
    assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), "still running");
    return new Cli.Result(process.exitValue(), Files.readString(folder.resolve("out")), Files.readString(folder.resolve("err")));
  }

  private Cli.Result run(Object... arguments) throws IOException, InterruptedException {
    Process process = jar(arguments).start();
    process.getOutputStream().close();
    return finish(process);
  }

  @Test
  void theAnswerIsAloneOnStandardOutput() throws IOException, InterruptedException {
    Object[] question = {"--model", LANGUAGE_MODEL, "--mmproj", MMPROJ, "--prompt", "What is in the image?", "--max-tokens", 5,
      "--backend", "scalar", "--image"};
    Object[] fromFile = List.of(question).toArray(new Object[question.length + 1]);
    fromFile[question.length] = IMAGE;
    Cli.Result expected = Cli.run(fromFile);
    Cli.Result result = run(fromFile);
    assertEquals(0, result.exitCode(), result.err());
    assertEquals(expected.out(), result.out());
    assertEquals(1, result.err().lines().count(), result.err());
    assertTrue(result.err().startsWith("load ") && result.err().contains(" · decode "), result.err());

    fromFile[question.length] = "-";
    Process process = jar(fromFile).redirectInput(IMAGE.toFile()).start();
    assertEquals(expected.out(), finish(process).out());
  }

  /** As the README begins. */
  @Test
  void withoutAModelTheBundledOneAnswers() throws IOException, InterruptedException {
    Path scene = Path.of(System.getProperty("mvlm.root"), "samples/scene.png");
    ProcessBuilder builder = jar("--image", scene, "--prompt", "What does the sign say?");
    builder.environment().keySet().removeAll(List.of("MVLM_MODEL", "MVLM_MMPROJ"));
    Cli.Result result = finish(builder.start());
    assertEquals(0, result.exitCode(), result.err());
    assertEquals("coffee\n", result.out());
    assertEquals(2, result.err().lines().count(), result.err());

    // The first run has left its classes for the next ones, which say the same.
    Path classes = folder.resolve("loaded");
    builder.environment().put("MVLM_OPTS", "-Xlog:class+load:file=" + classes);
    Cli.Result again = finish(builder.start());
    assertEquals("coffee\n", again.out());
    assertEquals(2, again.err().lines().count(), again.err());
    assertTrue(Files.readString(classes).contains("io.mvlm.model.MobileVlm source: shared objects file (top)"));

    builder.environment().put("MVLM_MODEL", LANGUAGE_MODEL.toString());
    assertEquals(64, finish(builder.start()).exitCode(), "a model without eyes");
  }

  @Test
  void theVectorBackendWorksWithoutAWarning() throws IOException, InterruptedException {
    Cli.Result result = run("--model", LANGUAGE_MODEL, "--prompt", "What is a circle?", "--max-tokens", 3, "--backend", "vector", "--json");
    assertEquals(0, result.exitCode(), result.err());
    assertEquals("", result.err());
    assertTrue(result.out().contains("\"backend\":\"vector"), result.out());
  }

  /** Generated code has no products for IQ4_NL, and writing models is long work in Java: both need another JVM than the first. */
  @Test
  void whatTheLightJvmCannotDoIsDoneByAFullOne() throws IOException, InterruptedException {
    Cli.Result written = run("synth", "--shape", "tiny", "--type", "iq4_nl", folder);
    assertEquals(0, written.exitCode(), written.err());
    assertEquals(1, written.err().lines().count(), written.err());
    assertEquals(isX86() ? 2 : 1, jvmsFor(folder.resolve("lm.gguf"), false));
    if (Files.exists(Path.of("/dev/stdin"))) {
      // The first JVM must leave the picture to the second.
      Process process = jar("--model", folder.resolve("lm.gguf"), "--mmproj", folder.resolve("mmproj.gguf"), "--image", "/dev/stdin",
          "--max-tokens", 1).redirectInput(IMAGE.toFile()).start();
      Cli.Result seen = finish(process);
      assertEquals(0, seen.exitCode(), seen.err());
    }
    assertTrue(jvmsFor(LANGUAGE_MODEL, true) == 1 || isX86());
  }

  private static boolean isX86() {
    return List.of("amd64", "x86_64").contains(System.getProperty("os.arch"));
  }

  /**
   * How many processes, besides the launcher, it takes to answer as in this one.
   *
   * @param generated whether there is generated code for the model's types: where the processor can run it, one process is enough
   */
  private long jvmsFor(Path model, boolean generated) throws IOException, InterruptedException {
    Path logs = Files.createTempDirectory(folder, "jvms");
    Object[] question = {"--model", model, "--prompt", "What is a circle?", "--max-tokens", 3, "--json"};
    ProcessBuilder builder = jar(question);
    builder.environment().put("MVLM_OPTS", "-Xlog:class+load:file=" + logs.resolve("%p"));
    Process process = builder.start();
    process.getOutputStream().close();
    Cli.Result result = finish(process);
    assertEquals(0, result.exitCode(), result.err());
    assertEquals("", result.err());
    JsonObject answer = JsonParser.parseString(result.out()).getAsJsonObject();
    Cli.Result expected = Cli.run(question);
    assertEquals(JsonParser.parseString(expected.out()).getAsJsonObject().get("tokens"), answer.get("tokens"));
    try (Stream<Path> files = Files.list(logs)) {
      long count = files.count();
      if (generated && answer.get("backend").getAsString().startsWith("codegen")) {
        assertEquals(1, count, "processes where generated code serves");
      }
      return count;
    }
  }

  /** With LWJGL's library from the jar; where there is no device, one line says so. */
  @Test
  void openClWorksWithoutAWarningOrSaysWhatIsMissing() throws IOException, InterruptedException {
    Cli.Result devices = run("devices", "--json");
    if (devices.exitCode() == 69 && System.getenv("MVLM_REQUIRE_OPENCL") == null) {
      assertEquals(1, devices.err().lines().count(), devices.err());
      assumeTrue(false, devices.err());
    }
    assertEquals(0, devices.exitCode(), devices.err());
    JsonObject first = JsonParser.parseString(devices.out()).getAsJsonArray().get(0).getAsJsonObject();
    assertEquals("opencl", first.get("backend").getAsString());
    assertTrue(run("devices").out().contains(first.get("name").getAsString()));

    Object[] question = {"--model", LANGUAGE_MODEL, "--prompt", "What is a circle?", "--max-tokens", 3, "--json", "--backend", "opencl",
      "--device", first.get("index").getAsInt()};
    Cli.Result result = run(question);
    assertEquals(0, result.exitCode(), result.err());
    assertEquals("", result.err());
    JsonObject answer = JsonParser.parseString(result.out()).getAsJsonObject();
    assertTrue(answer.get("backend").getAsString().startsWith("opencl "), result.out());
    Cli.Result scalar = Cli.run("--model", LANGUAGE_MODEL, "--prompt", "What is a circle?", "--max-tokens", 3, "--json",
        "--backend", "scalar");
    assertEquals(JsonParser.parseString(scalar.out()).getAsJsonObject().get("tokens"), answer.get("tokens"));

    question[question.length - 3] = "auto"; // a device is named, so it is tried first
    Cli.Result auto = run(question);
    assertEquals(0, auto.exitCode(), auto.err());
    assertTrue(JsonParser.parseString(auto.out()).getAsJsonObject().get("backend").getAsString().startsWith("opencl "), auto.out());

    question[question.length - 3] = "opencl";
    question[question.length - 1] = "no such device";
    Cli.Result unknown = run(question);
    assertEquals(69, unknown.exitCode(), unknown.err());
    assertEquals(1, unknown.err().lines().count(), unknown.err());
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void withoutADeviceOneLineSaysSo() throws IOException, InterruptedException {
    for (Object[] command : new Object[][] {{"devices"}, {"tune"}, {"--model", LANGUAGE_MODEL, "--prompt", "x", "--backend", "opencl"}}) {
      ProcessBuilder builder = jar(command);
      builder.environment().put("OCL_ICD_VENDORS", Files.createDirectories(folder.resolve("no drivers")) + "/");
      Cli.Result result = finish(builder.start());
      assertEquals(69, result.exitCode(), result.err());
      assertEquals("", result.out());
      assertTrue(result.err().startsWith("mvlm: ") && result.err().lines().count() == 1, result.err());
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void withoutTheDeviceThatWasNamedTheProcessorAnswersAndThatIsSaid() throws IOException, InterruptedException {
    ProcessBuilder builder = jar("--model", LANGUAGE_MODEL, "--prompt", "What is a circle?", "--max-tokens", 1, "--json", "--device", "0");
    builder.environment().put("OCL_ICD_VENDORS", Files.createDirectories(folder.resolve("no drivers")) + "/");
    Cli.Result result = finish(builder.start());
    assertEquals(0, result.exitCode(), result.err());
    assertFalse(JsonParser.parseString(result.out()).getAsJsonObject().get("backend").getAsString().startsWith("opencl"), result.out());
    assertTrue(result.err().startsWith("mvlm: backend opencl not used: ") && result.err().lines().count() == 1, result.err());
  }

  /** Nobody who does not ask for it loads a class of LWJGL, let alone its library. */
  @Test
  void openClStaysOutOfTheWay() throws IOException, InterruptedException {
    ProcessBuilder builder = jar("--model", LANGUAGE_MODEL, "--prompt", "What is a circle?", "--max-tokens", 1);
    builder.environment().put("MVLM_OPTS", "-Xlog:class+load:file=" + folder.resolve("classes"));
    Cli.Result result = finish(builder.start());
    assertEquals(0, result.exitCode(), result.err());
    String classes = Files.readString(folder.resolve("classes"));
    assertTrue(classes.contains("io.mvlm.model.MobileVlm "), "no list of classes");
    assertFalse(classes.contains("org.lwjgl."), "a class of LWJGL was loaded");
  }

  @Test
  void webpIsReadByThePlugInInTheJar() throws IOException, InterruptedException {
    Path out = folder.resolve("x.npy");
    Files.write(folder.resolve("picture.webp"), Base64.getDecoder().decode(ONE_PIXEL_WEBP));
    Cli.Result result = run("encode", "--mmproj", MMPROJ, "--stage", "pixels", "--out", out, folder.resolve("picture.webp"));
    assertEquals(0, result.exitCode(), result.err());
    assertEquals(128 + 4 * 3 * 336 * 336, Files.size(out));
  }

  @Test
  void errorsAreOneLineAndACode() throws IOException, InterruptedException {
    Cli.Result missing = run("--model", LANGUAGE_MODEL, "--mmproj", MMPROJ, "--image", folder.resolve("missing.jpg"));
    assertEquals(66, missing.exitCode());
    assertEquals("mvlm: " + folder.resolve("missing.jpg") + ": no such file\n", missing.err());
    Path broken = Files.write(folder.resolve("broken.jpg"), new byte[] {(byte) 0xff, (byte) 0xd8, (byte) 0xff, (byte) 0xe0, 0, 16, 'J'});
    Cli.Result damaged = run("--model", LANGUAGE_MODEL, "--mmproj", MMPROJ, "--image", broken);
    assertEquals(65, damaged.exitCode());
    assertEquals(1, damaged.err().lines().count(), damaged.err());
    assertEquals("", damaged.out());
    assertEquals(64, run("--nonsense").exitCode());
  }

  @Test
  void wordsArriveAsTheyAreInAnyLocale() throws IOException, InterruptedException {
    String text = "Où \"est\" 日本?";
    for (String locale : List.of("C", "C.UTF-8")) {
      ProcessBuilder builder = jar("tokenize", "--model", LANGUAGE_MODEL, "--json", text);
      builder.environment().put("LC_ALL", locale);
      Cli.Result result = finish(builder.start());
      assertEquals(Cli.run("tokenize", "--model", LANGUAGE_MODEL, "--json", text).out(), result.out(), result.err());
    }
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void controlCStopsTheAnswer() throws IOException, InterruptedException {
    if (!ignoresInterrupts()) {
      assertStops("INT", 130);
    }
    assertStops("TERM", 143);
  }

  /** Shells start background jobs with SIGINT ignored, which all that they start inherits: then there is no Ctrl-C to test. */
  private static boolean ignoresInterrupts() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.isReadable(status)) {
      return false;
    }
    String ignored = Files.readAllLines(status).stream().filter(line -> line.startsWith("SigIgn:")).findFirst().orElse("SigIgn: 0");
    return (Long.parseUnsignedLong(ignored.substring("SigIgn:".length()).strip(), 16) & 1 << 2 - 1) != 0;
  }

  private void assertStops(String signal, int code) throws IOException, InterruptedException {
    Process process = jar("--model", LANGUAGE_MODEL, "--prompt", "What is a circle?", "--max-tokens", 1_000_000, "--ctx", 1_000_000).start();
    Path out = folder.resolve("out");
    for (int i = 0; i < PATIENCE_SECONDS * 10 && Files.size(out) < 20; i++) {
      Thread.sleep(100);
    }
    assertTrue(process.isAlive(), () -> read("err"));
    assertEquals(0, new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start().waitFor());
    Cli.Result result = finish(process);
    assertEquals(code, result.exitCode(), result.err());
    assertTrue(result.out().endsWith("\n"), result.out());
    assertTrue(result.err().startsWith("load ") && result.err().contains(" · decode "), result.err());
  }

  private String read(String file) {
    try {
      return Files.readString(folder.resolve(file));
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aReaderThatLeavesIsNoError() throws IOException, InterruptedException {
    Process process = jar("--model", LANGUAGE_MODEL, "--prompt", "What is a circle?", "--max-tokens", 200, "--temp", 2)
        .redirectOutput(ProcessBuilder.Redirect.PIPE).start();
    assertTrue(process.getInputStream().read() >= 0);
    process.getInputStream().close();
    assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS));
    assertEquals(141, process.exitValue());
    assertEquals("", read("err"));
  }

  @Test
  void whatTheEnvironmentSaysWronglyIsSaidInOneLine() throws IOException, InterruptedException {
    ProcessBuilder builder = jar("--version");
    builder.environment().put("MVLM_JAVA", folder.toString());
    Cli.Result result = finish(builder.start());
    assertEquals(69, result.exitCode());
    assertEquals("mvlm: MVLM_JAVA names " + folder + ", which is no JDK 25 or newer\n", result.err());

    builder.environment().remove("MVLM_JAVA");
    builder.environment().put("MVLM_OPTS", "-Xbogus");
    result = finish(builder.start());
    assertEquals(64, result.exitCode());
    assertTrue(result.err().endsWith("mvlm: the JVM did not start; MVLM_OPTS is -Xbogus\n"), result.err());
  }

  @Test
  void theJarHoldsWhatItShould() throws IOException {
    try (JarFile jar = new JarFile(JAR.toFile())) {
      assertEquals("io.mvlm.cli.launcher.Launcher", jar.getManifest().getMainAttributes().getValue("Main-Class"));
      assertNotNull(jar.getEntry("META-INF/services/io.mvlm.core.BackendProvider"));
      assertNotNull(jar.getEntry("META-INF/services/javax.imageio.spi.ImageReaderSpi"));
      List<String> names = jar.stream().map(ZipEntry::getName).toList();
      assertFalse(names.stream().anyMatch(name -> name.endsWith("module-info.class")), "module descriptors");
      assertFalse(names.stream().anyMatch(name -> name.matches(".*\\.(SF|RSA)")), "signatures");
      assertEquals(NATIVE_LIBRARIES, names.stream().filter(name -> name.matches(".*\\.(so|dll|dylib|jnilib)")).sorted().toList());
      for (String name : names) {
        if (name.startsWith("io/mvlm/cli/launcher/") && name.endsWith(".class")) {
          try (InputStream in = jar.getInputStream(jar.getEntry(name))) {
            assertEquals(52, in.readNBytes(8)[7], name + " is not for Java 8");
          }
        }
      }
    }
  }

  @Test
  void startsQuickly() throws IOException, InterruptedException {
    long best = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      long begin = System.nanoTime();
      Cli.Result result = run("--version");
      best = Math.min(best, System.nanoTime() - begin);
      assertTrue(result.out().startsWith("mvlm "), result.out());
    }
    System.out.println("start: " + TimeUnit.NANOSECONDS.toMillis(best) + " ms");
    assertTrue(best < 2_000_000_000L, "start took " + best / 1_000_000 + " ms");
  }
}
