package io.mvlm.cli;

import static io.mvlm.cli.Cli.IMAGE;
import static io.mvlm.cli.Cli.LANGUAGE_MODEL;
import static io.mvlm.cli.Cli.MMPROJ;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.mvlm.model.demo.DemoFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a person gets who names no model. */
class BundledModelTest {
  private static final Path SCENE = Path.of(System.getProperty("mvlm.root"), "samples/scene.png");
  private static final String QUESTION = "What does the sign say?";
  private static final String ANSWER = "coffee";

  private static void assertNote(String line) {
    assertTrue(line.startsWith("mvlm: no model named") && line.contains("shapes") && line.contains("ZiangWu/MobileVLM_V2-1.7B-GGUF"), line);
  }

  @Test
  void theAnswerAndOneLineThatSaysWhoseItIs() {
    Cli.Result result = Cli.run("--image", SCENE, "--prompt", QUESTION);
    assertEquals(0, result.exitCode(), result.err());
    assertEquals(ANSWER + "\n", result.out());
    List<String> lines = result.err().lines().toList();
    assertEquals(2, lines.size(), result.err());
    assertNote(lines.getFirst());
    assertTrue(lines.getLast().startsWith("load "), result.err());
  }

  @Test
  void describesWithoutAQuestion() {
    assertEquals("A sign that says coffee, a large green cross, a small black ring and a large yellow square.\n",
        Cli.run("--image", SCENE).out());
  }

  @Test
  void jsonStaysAloneOnStandardOutput() {
    Cli.Result result = Cli.run("--image", SCENE, "--prompt", QUESTION, "--json");
    JsonObject answer = JsonParser.parseString(result.out()).getAsJsonObject();
    assertEquals(ANSWER, answer.get("text").getAsString());
    assertEquals(DemoFile.LANGUAGE.fileName(), answer.get("model").getAsString());
    assertEquals(1, result.err().lines().count(), result.err());
    assertNote(result.err());
  }

  @Test
  void aConversation() {
    String lines = QUESTION + "\n/image " + SCENE + "\n" + QUESTION + "\nIs there a green cross?\n";
    Cli.Result result = Cli.runWithInput(lines.getBytes(StandardCharsets.UTF_8), "--interactive");
    assertEquals(0, result.exitCode(), result.err());
    assertEquals(ANSWER + "\nYes.\n", result.out());
    assertNote(result.err().lines().findFirst().orElseThrow());
    assertTrue(result.err().lines().skip(1).findFirst().orElseThrow().contains("show one by /image"), result.err());
  }

  /** Also where a script calls again: the settings of the bundled model are the same each time. */
  @Test
  void aBatch(@TempDir Path folder) throws IOException {
    Files.copy(SCENE, folder.resolve("scene.png"));
    Path out = folder.resolve("x.jsonl");
    Object[] words = {"batch", folder, "--out", out, "--prompt", QUESTION};
    Cli.Result first = Cli.run(words);
    assertEquals(0, first.exitCode(), first.err());
    assertNote(first.err().lines().findFirst().orElseThrow());
    JsonObject line = JsonParser.parseString(Files.readString(out)).getAsJsonObject();
    assertEquals(ANSWER, line.get("text").getAsString());
    assertEquals(DemoFile.VISION.fileName(), line.getAsJsonObject("settings").get("mmproj").getAsString());
    assertEquals("nothing left to do: 1 of 1 images are in " + out + "\n", Cli.run(words).err());
  }

  @Test
  void toolsTakeItToo(@TempDir Path folder) throws IOException {
    Cli.Result tokens = Cli.run("tokenize", "--json", "stop");
    assertEquals(0, tokens.exitCode(), tokens.err());
    assertNote(tokens.err());
    Path out = folder.resolve("x.npy");
    Cli.Result encoded = Cli.run("encode", "--out", out, SCENE);
    assertEquals(0, encoded.exitCode(), encoded.err());
    assertNote(encoded.err());
    assertTrue(Files.size(out) > 1000);
  }

  @Test
  void theEnvironmentNamesAnotherPair() {
    Object[] question = {"--image", IMAGE, "--prompt", QUESTION, "--max-tokens", 3, "--backend", "scalar"};
    Map<String, String> environment = Map.of("MVLM_MODEL", LANGUAGE_MODEL.toString(), "MVLM_MMPROJ", MMPROJ.toString());
    Cli.Result result = Cli.runIn(environment, question);
    assertEquals(0, result.exitCode(), result.err());
    assertEquals(Cli.run("--image", IMAGE, "--prompt", QUESTION, "--max-tokens", 3, "--backend", "scalar", "--model", LANGUAGE_MODEL,
        "--mmproj", MMPROJ).out(), result.out());
    assertEquals(1, result.err().lines().count(), "the statistics alone: " + result.err());
    assertEquals(ExitCode.USAGE, Cli.runIn(Map.of("MVLM_MODEL", LANGUAGE_MODEL.toString()), question).exitCode(), "no eyes");
  }

  @Test
  void aBundledFileHasTheNameAndTheDigestOfTheSameFileOnDisk(@TempDir Path folder) throws IOException {
    for (DemoFile file : DemoFile.values()) {
      ModelFile bundled = new ModelFile.Bundled(file);
      ModelFile onDisk = new ModelFile.OnDisk(Files.write(folder.resolve(file.fileName()), file.bytes()));
      assertEquals(onDisk.name(), bundled.name());
      assertEquals(onDisk.digest(), bundled.digest());
    }
  }
}
