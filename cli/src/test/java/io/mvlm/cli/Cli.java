package io.mvlm.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** Runs a command inside the test's JVM. */
final class Cli {
  static final Path GOLDEN = Path.of(System.getProperty("mvlm.root"), "model/src/test/resources/golden");
  static final Path LANGUAGE_MODEL = GOLDEN.resolve("lm/f16.gguf");
  static final Path MMPROJ = GOLDEN.resolve("pair-ldpv2/mmproj-model-f16.gguf");
  static final Path IMAGE = GOLDEN.resolve("images/landscape_336.png");

  /** What a command left behind. */
  record Result(int exitCode, String out, String err) {}

  private Cli() {}

  static Result run(Object... arguments) {
    return runWithInput(new byte[0], arguments);
  }

  /** With these environment variables; otherwise there are none. */
  static Result runIn(Map<String, String> environment, Object... arguments) {
    return run(InputStream.nullInputStream(), false, environment, arguments);
  }

  static Result runWithInput(byte[] input, Object... arguments) {
    return runWithStreams(new ByteArrayInputStream(input), false, arguments);
  }

  /** With a standard output that a person watches. */
  static Result runOnTerminal(Object... arguments) {
    return runWithStreams(InputStream.nullInputStream(), true, arguments);
  }

  static Result runWithStreams(InputStream input, boolean terminal, Object... arguments) {
    return run(input, terminal, Map.of(), arguments);
  }

  private static Result run(InputStream input, boolean terminal, Map<String, String> environment, Object... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    String[] words = new String[arguments.length];
    for (int i = 0; i < words.length; i++) {
      words[i] = arguments[i].toString();
    }
    CliIo io = new CliIo(input, new Output(out, terminal), new PrintStream(err, true, StandardCharsets.UTF_8), false, false,
        false, environment);
    int code = Mvlm.execute(io, words);
    return new Result(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }
}
