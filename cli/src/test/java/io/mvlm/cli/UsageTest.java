package io.mvlm.cli;

import static io.mvlm.cli.Cli.IMAGE;
import static io.mvlm.cli.Cli.LANGUAGE_MODEL;
import static io.mvlm.cli.Cli.MMPROJ;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.InvalidDataException;
import io.mvlm.model.chat.ChatTemplate;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UsageTest {
  private static void fails(int code, String part, Object... arguments) {
    Cli.Result result = Cli.run(arguments);
    assertEquals(code, result.exitCode(), result.err());
    assertEquals("", result.out());
    assertTrue(result.err().startsWith("mvlm: ") && result.err().indexOf('\n') == result.err().length() - 1, result.err());
    assertTrue(result.err().contains(part), result.err());
  }

  @Test
  void wrongCommandLines() {
    fails(64, "nothing to answer");
    fails(64, "about pictures", "--prompt", "x");
    fails(64, "--foo", "--foo");
    fails(64, "nonsense", "nonsense");
    fails(64, "nothing to answer", "--model", LANGUAGE_MODEL);
    fails(64, "--mmproj", "--model", LANGUAGE_MODEL, "--image", IMAGE);
    fails(64, "temperature", "--model", LANGUAGE_MODEL, "--prompt", "x", "--temp", -1);
    fails(64, "top-p", "--model", LANGUAGE_MODEL, "--prompt", "x", "--top-p", 2);
    fails(64, "--threads", "--model", LANGUAGE_MODEL, "--prompt", "x", "--threads", -3);
    fails(64, "--threads", "--model", LANGUAGE_MODEL, "--prompt", "x", "--threads", "many");
    fails(64, "--kv", "--model", LANGUAGE_MODEL, "--prompt", "x", "--kv", "q8_0");
    fails(64, "--backend opencl", "--model", LANGUAGE_MODEL, "--prompt", "x", "--device", "0", "--backend", "vector");
    fails(64, "auto, ", "--model", LANGUAGE_MODEL, "--prompt", "x", "--backend", "quantum");
    fails(64, "--template", "--model", LANGUAGE_MODEL, "--prompt", "x", "--template", "klingon");
    fails(64, "exclude", "--model", LANGUAGE_MODEL, "--json", "--interactive");
    fails(64, "once", "--model", LANGUAGE_MODEL, "--mmproj", MMPROJ, "--image", "-", "--image", "-");
    fails(64, "--shape", "synth", "--shape", "13b", "nowhere");
    fails(64, "--model and --mmproj", "eval", "--demo", "--model", LANGUAGE_MODEL);
    fails(64, "--count", "eval", "--demo", "--count", 0);
    fails(64, "--demo", "eval");
    fails(64, "--model is missing", "bench");
    fails(64, "--mmproj names", "--mmproj", MMPROJ, "--image", IMAGE);
    fails(64, "--type", "synth", "--type", "q9_9", "nowhere");
  }

  @Test
  void missingAndDamagedFiles() {
    fails(66, "nowhere.gguf: no such file", "--model", "nowhere.gguf", "--prompt", "x");
    fails(66, "nowhere.gguf", "--model", LANGUAGE_MODEL, "--mmproj", "nowhere.gguf", "--image", IMAGE);
    fails(66, "nowhere.jpg", "--model", LANGUAGE_MODEL, "--mmproj", MMPROJ, "--image", "nowhere.jpg");
    fails(66, "directory", "inspect", Cli.GOLDEN);
    fails(66, "no such folder", "batch", "nowhere", "--out", "x.jsonl", "--model", LANGUAGE_MODEL, "--mmproj", MMPROJ);
    fails(65, "GGUF", "inspect", IMAGE);
    fails(65, LANGUAGE_MODEL.toString(), "--model", LANGUAGE_MODEL, "--mmproj", MMPROJ, "--image", LANGUAGE_MODEL);
  }

  @Test
  void aBrokenImageOnStandardInput() {
    Cli.Result result = Cli.runWithInput(new byte[] {(byte) 0xff, (byte) 0xd8, 1, 2, 3}, "--model", LANGUAGE_MODEL, "--mmproj", MMPROJ,
        "--image", "-");
    assertEquals(65, result.exitCode());
    assertEquals("", result.out());
  }

  /** Also where the decoder ran off the end of the bytes, which is no failure of a device. */
  @Test
  void aDamagedImageIsBadData() throws IOException {
    byte[] file = UsageTest.class.getResourceAsStream("/images/cmyk.jpg").readAllBytes();
    for (int length = 12; length < file.length - 4; length += file.length / 10) {
      Cli.Result result = Cli.runWithInput(Arrays.copyOf(file, length), "encode", "--mmproj", MMPROJ, "--stage", "pixels", "--out", "x.npy",
          "-");
      assertEquals(65, result.exitCode(), result.err());
      assertEquals(1, result.err().lines().count(), result.err());
    }
  }

  @Test
  void anImageTooLargeForTheHeapIsALackOfMemory() {
    assertEquals(ExitCode.MEMORY, ErrorReporter.report(new InvalidDataException("too large", new OutOfMemoryError("Java heap space")),
        CliIo.ofProcess()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "batch", "inspect", "tokenize", "perplexity", "encode", "synth", "quantize", "eval", "bench"})
  void everyCommandHasHelp(String command) {
    for (List<String> words : List.of(List.of(command, "--help"), List.of("help", command))) {
      Cli.Result result = Cli.run(words.toArray());
      assertEquals(0, result.exitCode(), result.err());
      assertTrue(result.out().startsWith("Usage: mvlm " + command), result.out());
    }
  }

  /** A script may give them to every command, and the help says where they change nothing. */
  @ParameterizedTest
  @ValueSource(strings = {"run", "batch", "inspect", "tokenize", "perplexity", "encode", "synth", "quantize", "eval"})
  void everyCommandTakesBackendAndThreads(String command) {
    String help = Cli.run(command, "--help").out();
    assertTrue(help.contains("--backend") && help.contains("--threads"), help);
    assertEquals(List.of("inspect", "tokenize", "synth", "quantize").contains(command), help.contains("without effect here"), help);
  }

  @Test
  void unusedOptionsAreAccepted() {
    Cli.Result result = Cli.run("inspect", "--backend", "scalar", "--threads", 2, LANGUAGE_MODEL);
    assertEquals(0, result.exitCode(), result.err());
    assertEquals(Cli.run("inspect", LANGUAGE_MODEL).out(), result.out());
  }

  @Test
  void theHelpNamesEveryTemplate() {
    assertTrue(Cli.run("--help").out().replaceAll("\\s+", " ").contains("template: " + String.join(", ", ChatTemplate.names())));
  }

  @Test
  void theMainHelpListsCommandsAndExitCodes() {
    Cli.Result result = Cli.run("--help");
    assertEquals(0, result.exitCode());
    for (String part : List.of("--image", "batch", "quantize", "Examples:", "Exit codes:", "MVLM_OPTS", "MVLM_MODEL", "bundled")) {
      assertTrue(result.out().contains(part), part);
    }
    assertTrue(Cli.run("--version").out().startsWith("mvlm "));
  }

  /** Names and contents of files may hold anything. */
  @Test
  void errorsHoldNoControlCharacters() {
    Cli.Result result = Cli.run("inspect", "no\033[2Jwhere\u009b.gguf");
    assertEquals("mvlm: no\uFFFD[2Jwhere\uFFFD.gguf: no such file\n", result.err());
  }

  @Test
  void errorsThatNobodyForesawAreOneLine() {
    CliIo io = CliIo.ofProcess();
    assertEquals("internal error: java.lang.IllegalStateException: a b (--verbose shows where)",
        ErrorReporter.message(new IllegalStateException("a\nb")));
    assertTrue(ErrorReporter.message(new OutOfMemoryError("Java heap space")).contains("MVLM_OPTS=-Xmx"));
    assertEquals(ExitCode.BROKEN_PIPE, ErrorReporter.report(new CliException(ExitCode.BROKEN_PIPE, null), io));
  }
}
