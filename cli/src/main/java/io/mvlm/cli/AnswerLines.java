package io.mvlm.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.mvlm.model.Answer;
import io.mvlm.model.demo.DemoQuestion;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The answers of an evaluation in a file, a JSON line for each question: {@code scene, kind, question, expected, text, tokens …}. */
final class AnswerLines {
  private static final String SCENE = "scene";
  private static final String QUESTION = "question";
  private static final String TOKENS = "tokens";

  private AnswerLines() {}

  private static JsonObject line(int scene, DemoQuestion question, Answer answer) {
    JsonObject line = new JsonObject();
    line.addProperty(SCENE, scene);
    line.addProperty("kind", question.kind().word());
    line.addProperty(QUESTION, question.text());
    line.addProperty("expected", question.answer());
    return Json.answer(line, answer);
  }

  /** Writes them. */
  static final class Writer implements AutoCloseable {
    private final Path path;
    private final BufferedWriter out;

    /** @throws CliException if the file cannot be made */
    Writer(Path path) {
      this.path = path;
      try {
        out = Files.newBufferedWriter(path);
      } catch (IOException e) {
        throw new CliException(ExitCode.CANNOT_CREATE, path + ": cannot be written: " + OutputFiles.reason(e), e);
      }
    }

    void append(int scene, DemoQuestion question, Answer answer) {
      try {
        out.write(Json.line(line(scene, question, answer)) + "\n");
      } catch (IOException e) {
        throw failure(e);
      }
    }

    private CliException failure(IOException e) {
      return new CliException(ExitCode.IO, path + ": cannot be written: " + OutputFiles.reason(e), e);
    }

    @Override
    public void close() {
      try {
        out.close();
      } catch (IOException e) {
        throw failure(e);
      }
    }
  }

  /** Compares answers with those of a file, token by token, in the same order. */
  static final class Comparison implements AutoCloseable {
    private final Path path;
    private final BufferedReader in;
    private int compared;
    private int same;

    /** @throws CliException if there is no such file */
    Comparison(Path path) {
      this.path = path;
      try {
        in = Files.newBufferedReader(InputFiles.existing(path));
      } catch (IOException e) {
        throw new CliException(ExitCode.IO, path + ": cannot be read: " + e.getMessage(), e);
      }
    }

    /** @throws CliException if the next line of the file is not about this question */
    void add(int scene, DemoQuestion question, Answer answer) {
      JsonObject other = next();
      JsonObject own = line(scene, question, answer);
      if (other == null || !own.get(SCENE).equals(other.get(SCENE)) || !own.get(QUESTION).equals(other.get(QUESTION))
          || !(other.get(TOKENS) instanceof JsonArray tokens)) {
        throw new CliException(ExitCode.DATA, path + ": found " + (other == null ? "its end" : "another question")
            + ", expected scene " + scene + ", " + question.text() + ": compare runs with the same --seed and --count");
      }
      int[] ids = answer.tokens();
      compared += Math.max(ids.length, tokens.size());
      for (int i = 0; i < Math.min(ids.length, tokens.size()); i++) {
        same += ids[i] == tokens.get(i).getAsInt() ? 1 : 0;
      }
    }

    /** @return null at the end */
    private JsonObject next() {
      try {
        String line = in.readLine();
        return line == null ? null : JsonParser.parseString(line).getAsJsonObject();
      } catch (IOException | JsonParseException | IllegalStateException e) {
        throw new CliException(ExitCode.DATA, path + ": no file of answers: " + e.getMessage(), e);
      }
    }

    /** For people. */
    String summary() {
      return String.format("%d of %d tokens as in %s (%.2f %%)\n", same, compared, path, compared == 0 ? 0 : 100.0 * same / compared);
    }

    /** Adds {@code compared} and {@code same}, numbers of tokens. */
    void addTo(JsonObject result) {
      JsonObject numbers = new JsonObject();
      numbers.addProperty("compared", compared);
      numbers.addProperty("same", same);
      result.add(TOKENS, numbers);
    }

    @Override
    public void close() {
      try {
        in.close();
      } catch (IOException e) {
        throw new CliException(ExitCode.IO, path + ": " + e.getMessage(), e);
      }
    }
  }
}
