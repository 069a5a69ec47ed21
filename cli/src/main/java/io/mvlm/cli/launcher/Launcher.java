package io.mvlm.cli.launcher;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The main class of {@code mvlm.jar}, compiled for Java 8 so that any {@code java} can start it: finds a JDK that can run mvlm and
 * starts it with the right options. Standard input, output and error are the second process's own; signals go to it, and its exit
 * code comes back (128 + the signal's number if a signal killed it).
 */
public final class Launcher {
  /** Exit code where no JDK can be found: sysexits' EX_UNAVAILABLE. */
  static final int NO_JDK = 69;

  /** Exit code of a JVM that refuses its options; mvlm itself never ends with it. */
  private static final int NO_JVM = 1;
  private static final int WRONG_USAGE = 64;
  /** With which a light JVM ends where a full one is needed: {@code io.mvlm.cli.ExitCode.FULL_JVM_NEEDED}. */
  static final int FULL_JVM_NEEDED = 79;

  private static final String BACKEND = "--backend";
  private static final String MAIN_CLASS = "io.mvlm.cli.Main";
  private static final String VECTOR_MODULE = "jdk.incubator.vector";

  /** Milliseconds since 1970: where the timeline begins. */
  private static final long BEGUN = System.currentTimeMillis();

  private Launcher() {}

  public static void main(String[] decoded) throws Exception {
    String packed = System.getProperty("mvlm.arguments");
    String[] arguments = packed != null ? CommandLine.unpack(packed) : CommandLine.typed(decoded, Paths.get("/proc/self/cmdline"));
    if (packed != null || runningJvmIsReady()) {
      Class.forName(MAIN_CLASS).getMethod("main", String[].class).invoke(null, (Object) arguments);
      return;
    }
    JdkSearch search = JdkSearch.ofThisMachine();
    if (search.namesNoJdk()) {
      System.err.println("mvlm: MVLM_JAVA names " + System.getenv("MVLM_JAVA") + ", which is no JDK " + Jdk.REQUIRED + " or newer");
      System.exit(NO_JDK);
    }
    Jdk jdk = search.best();
    if (jdk == null) {
      System.err.println("mvlm: needs a JDK " + Jdk.REQUIRED + " or newer and found none: install one (https://adoptium.net),"
          + " or name its folder in MVLM_JAVA");
      System.exit(NO_JDK);
    }
    int code = isLight(arguments) ? start(jdk, true, arguments) : FULL_JVM_NEEDED;
    code = code == FULL_JVM_NEEDED ? start(jdk, false, arguments) : code;
    String options = System.getenv("MVLM_OPTS");
    if (code == NO_JVM && options != null && !options.isEmpty()) {
      System.err.println("mvlm: the JVM did not start; MVLM_OPTS is " + options);
      code = WRONG_USAGE;
    }
    System.exit(code);
  }

  /**
   * Whether a light JVM may serve. It finds out itself, and ends before it prints anything or reads what can be read once; where the user
   * says what computes, writes a model, or has no processor with generated code, it need not be tried.
   */
  static boolean isLight(String... arguments) {
    boolean light = Arrays.asList("amd64", "x86_64").contains(System.getProperty("os.arch"));
    for (int i = 0; i < arguments.length; i++) {
      String backend = arguments[i].startsWith(BACKEND + "=") ? arguments[i].substring(BACKEND.length() + 1)
          : i > 0 && arguments[i - 1].equals(BACKEND) ? arguments[i] : "auto";
      light &= Arrays.asList("auto", "codegen").contains(backend);
    }
    return light && (arguments.length == 0 || !Arrays.asList("quantize", "synth").contains(arguments[0]));
  }

  /** Whether the run is one of those that most runs are like. */
  private static boolean isAboutAPicture(String... arguments) {
    for (String argument : arguments) {
      if (argument.equals("--image") || argument.startsWith("--image=")) {
        return true;
      }
    }
    return false;
  }

  /** Whether this JVM is recent enough and was started with the Vector API, so that no second one is needed. */
  private static boolean runningJvmIsReady() {
    if (Jdk.feature(System.getProperty("java.specification.version")) < Jdk.REQUIRED) {
      return false;
    }
    try {
      Class.forName(VECTOR_MODULE + ".Vector", false, ClassLoader.getSystemClassLoader());
      return true;
    } catch (ClassNotFoundException notAdded) {
      return false;
    }
  }

  private static int start(Jdk jdk, boolean light, String[] arguments) throws InterruptedException {
    Map<String, String> environment = System.getenv();
    Path caches = JvmFlags.leavesArchives(environment)
        ? ClassArchive.caches(System.getProperty("os.name"), System.getProperty("user.home"), environment) : null;
    ClassArchive archive = ClassArchive.of(caches, jdk, classPath(), light, isAboutAPicture(arguments));
    List<String> command = new ArrayList<String>();
    command.add(jdk.java().toString());
    command.addAll(JvmFlags.of(jdk, light, archive, environment));
    command.add("-Dmvlm.launched=true");
    command.add("-Dmvlm.begun=" + BEGUN);
    command.add("-Dmvlm.started=" + System.currentTimeMillis());
    command.add("-cp");
    command.add(classPath());
    if (CommandLine.isPlain(arguments)) {
      command.add(MAIN_CLASS);
      command.addAll(Arrays.asList(arguments));
    } else {
      command.add("-Dmvlm.arguments=" + CommandLine.pack(Arrays.asList(arguments)));
      command.add(Launcher.class.getName());
    }
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    useUtf8(builder.environment());
    try {
      Process process = builder.start();
      Signals.forwardTo(process);
      int code = process.waitFor();
      archive.settle(code);
      return code;
    } catch (IOException failed) {
      System.err.println("mvlm: cannot start " + jdk.java() + ": " + failed.getMessage());
      return NO_JDK;
    }
  }

  /** In a plain C locale Java could open no file whose name is not ASCII. */
  private static void useUtf8(Map<String, String> environment) {
    String encoding = System.getProperty("sun.jnu.encoding", "");
    if (encoding.startsWith("ANSI_X3.4") && File.separatorChar == '/') {
      environment.put("LC_ALL", "C.UTF-8");
    }
  }

  private static String classPath() {
    try {
      Path own = Paths.get(Launcher.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      if (own.toString().endsWith(".jar") && own.getFileName().toString().startsWith("mvlm.")) {
        return own.toString();
      }
    } catch (URISyntaxException unusual) {
      // The class path as it is serves as well.
    }
    return System.getProperty("java.class.path");
  }
}
