package io.mvlm.cli;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.mvlm.core.CancelledException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Another engine's benchmark, which understands the options of llama-bench and prints the same JSON. */
final class PeerBenchmark {
  private final String command;

  /**
   * A rate that it measured.
   *
   * @param tokensPerSecond mean
   * @param deviation standard deviation of a repetition
   */
  record Rate(double tokensPerSecond, double deviation) {}

  /** @param command a program on the PATH, or the path of one */
  PeerBenchmark(String command) {
    this.command = command;
  }

  /**
   * Runs it.
   *
   * @return the rates of the tests {@code pp…} and {@code tg…}
   * @throws CliException if it cannot be started, fails, or prints something else
   */
  Map<String, Rate> run(Path model, int promptTokens, int generatedTokens, int threads, int repetitions) {
    List<String> words = List.of(command, "-m", model.toString(), "-p", Integer.toString(promptTokens), "-n", Integer.toString(generatedTokens),
        "-t", Integer.toString(threads), "-r", Integer.toString(repetitions), "-o", "json");
    Path out = null;
    Path err = null;
    try {
      // Files, because a wait for a pipe cannot be interrupted.
      out = Files.createTempFile("mvlm-peer", ".json");
      err = Files.createTempFile("mvlm-peer", ".err");
      int code = finish(start(new ProcessBuilder(words).redirectOutput(out.toFile()).redirectError(err.toFile())));
      if (code != 0) {
        throw new CliException(ExitCode.UNAVAILABLE, "--peer " + command + " ended with code " + code + lastLine(err));
      }
      return rates(text(out));
    } catch (IOException e) {
      throw new CliException(ExitCode.IO, "--peer " + command + ": " + e.getMessage(), e);
    } finally {
      delete(out);
      delete(err);
    }
  }

  private Process start(ProcessBuilder builder) {
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      return process;
    } catch (IOException e) {
      throw new CliException(ExitCode.UNAVAILABLE, "--peer " + command + " cannot be started: expected the benchmark of another engine, such"
          + " as llama-bench, on the PATH or by its path", e);
    }
  }

  private static int finish(Process process) {
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancelledException("interrupted");
    } finally {
      process.destroy();
    }
  }

  private static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }

  private static String lastLine(Path file) throws IOException {
    return text(file).lines().filter(line -> !line.isBlank()).reduce((first, second) -> second).map(line -> ": " + line.strip()).orElse("");
  }

  private Map<String, Rate> rates(String json) {
    Map<String, Rate> rates = new HashMap<>();
    try {
      for (JsonElement element : JsonParser.parseString(json).getAsJsonArray()) {
        JsonObject test = element.getAsJsonObject();
        int prompt = test.get("n_prompt").getAsInt();
        int generated = test.get("n_gen").getAsInt();
        if (prompt == 0 || generated == 0) {
          rates.put(prompt > 0 ? "pp" + prompt : "tg" + generated,
              new Rate(test.get("avg_ts").getAsDouble(), test.get("stddev_ts").getAsDouble()));
        }
      }
    } catch (JsonParseException | IllegalStateException | UnsupportedOperationException | NullPointerException | NumberFormatException e) {
      throw new CliException(ExitCode.DATA, "--peer " + command + ": its output is not what llama-bench -o json prints, expected an array of"
          + " objects with n_prompt, n_gen, avg_ts and stddev_ts", e);
    }
    return rates;
  }

  private static void delete(Path file) {
    try {
      if (file != null) {
        Files.deleteIfExists(file);
      }
    } catch (IOException leftBehind) {
      // The system clears its temporary files.
    }
  }
}
