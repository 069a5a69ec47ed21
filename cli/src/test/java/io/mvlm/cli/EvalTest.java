package io.mvlm.cli;

import static io.mvlm.cli.Cli.LANGUAGE_MODEL;
import static io.mvlm.cli.Cli.MMPROJ;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.mvlm.model.demo.DemoPicture;
import io.mvlm.model.demo.DemoPictures;
import io.mvlm.model.demo.DemoQuestion;
import io.mvlm.model.image.Images;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvalTest {
  private static final int PICTURES = 2;

  @TempDir
  private Path folder;

  /** Of a model that knows nothing. */
  private static Cli.Result eval(Object... more) {
    List<Object> words = new ArrayList<>(List.of("eval", "--demo", "--count", PICTURES, "--seed", 5, "--backend", "scalar", "--model",
        LANGUAGE_MODEL, "--mmproj", MMPROJ));
    words.addAll(List.of(more));
    Cli.Result result = Cli.run(words.toArray());
    assertEquals(0, result.exitCode(), result.err());
    return result;
  }

  private static List<DemoPicture> pictures() {
    DemoPictures fresh = new DemoPictures(5);
    List<DemoPicture> pictures = new ArrayList<>();
    for (int i = 0; i < PICTURES; i++) {
      pictures.add(fresh.next());
    }
    return pictures;
  }

  private static List<DemoQuestion> questions() {
    return pictures().stream().flatMap(picture -> picture.questions().stream()).toList();
  }

  @Test
  void everyQuestionIsAskedAndCounted() throws IOException {
    Path answers = folder.resolve("answers.jsonl");
    Path drawn = folder.resolve("drawn");
    JsonObject result = JsonParser.parseString(eval("--json", "--answers", answers, "--pictures", drawn).out()).getAsJsonObject();
    List<DemoQuestion> questions = questions();
    assertEquals(questions.size(), result.get("asked").getAsInt());
    int asked = 0;
    for (Map.Entry<String, JsonElement> kind : result.getAsJsonObject("kinds").entrySet()) {
      assertEquals(List.of("asked", "right"), List.copyOf(kind.getValue().getAsJsonObject().keySet()));
      assertEquals(questions.stream().filter(q -> q.kind().word().equals(kind.getKey())).count(),
          kind.getValue().getAsJsonObject().get("asked").getAsLong(), kind.getKey());
      asked += kind.getValue().getAsJsonObject().get("asked").getAsInt();
    }
    assertEquals(questions.size(), asked);

    List<String> lines = Files.readAllLines(answers);
    assertEquals(questions.size(), lines.size());
    for (int i = 0; i < lines.size(); i++) {
      JsonObject line = JsonParser.parseString(lines.get(i)).getAsJsonObject();
      assertEquals(questions.get(i).text(), line.get("question").getAsString());
      assertEquals(questions.get(i).answer(), line.get("expected").getAsString());
    }
    JsonObject last = JsonParser.parseString(lines.getLast()).getAsJsonObject();
    assertEquals(PICTURES, last.get("scene").getAsInt());
    assertEquals(Images.of(pictures().getLast().image()), Images.read(drawn.resolve("000002.png")));

    // What was written is what the same question on the same picture gets.
    JsonObject again = JsonParser.parseString(Cli.run("--model", LANGUAGE_MODEL, "--mmproj", MMPROJ, "--backend", "scalar", "--image",
        drawn.resolve("000002.png"), "--prompt", last.get("question").getAsString(), "--max-tokens", last.getAsJsonArray("tokens").size(),
        "--json").out()).getAsJsonObject();
    assertEquals(again.get("tokens"), last.get("tokens"));
  }

  @Test
  void runsAreComparedTokenByToken() throws IOException {
    Path answers = folder.resolve("answers.jsonl");
    eval("--answers", answers);
    JsonObject same = JsonParser.parseString(eval("--json", "--compare", answers).out()).getAsJsonObject().getAsJsonObject("tokens");
    assertEquals(same.get("compared"), same.get("same"));
    assertTrue(eval("--compare", answers).out().contains("(100.00 %)"));

    List<String> lines = new ArrayList<>(Files.readAllLines(answers));
    lines.set(0, lines.getFirst().replaceFirst("\"tokens\":\\[\\d+", "\"tokens\":[-1"));
    Files.write(answers, lines);
    JsonObject other = JsonParser.parseString(eval("--json", "--compare", answers).out()).getAsJsonObject().getAsJsonObject("tokens");
    assertEquals(same.get("same").getAsInt() - 1, other.get("same").getAsInt());

    Cli.Result wrong = Cli.run("eval", "--demo", "--count", 1, "--seed", 6, "--backend", "scalar", "--model", LANGUAGE_MODEL, "--mmproj",
        MMPROJ, "--compare", answers);
    assertEquals(65, wrong.exitCode());
    assertTrue(wrong.err().contains("--seed"), wrong.err());
  }

  @Test
  void peopleGetATable() {
    List<String> lines = eval("--follow-up").out().lines().toList();
    assertTrue(lines.getFirst().matches("kind +asked +right"), lines.toString());
    assertTrue(lines.getLast().matches("all +" + questions().size() + " +\\d+ +\\d+\\.\\d %"), lines.toString());
  }
}
