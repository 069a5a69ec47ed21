package io.mvlm.cli;

import static io.mvlm.cli.Cli.IMAGE;
import static io.mvlm.cli.Cli.LANGUAGE_MODEL;
import static io.mvlm.cli.Cli.MMPROJ;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class AnsweringTest {
  private static final Pattern STATISTICS = Pattern.compile(
      "load \\d+ ms · image \\d+ ms \\(144 tokens\\) · "
          + "prefill 189 tokens \\d+ ms, [0-9.]+ tok/s · decode 5 tokens \\d+ ms, [0-9.]+ tok/s\n");

  private static final Object[] QUESTION = {"--backend", "scalar", "--model", LANGUAGE_MODEL, "--mmproj", MMPROJ, "--max-tokens", 5,
    "--prompt", "What is in the image?", "--image"};

  private static Object[] with(Object[] first, Object... more) {
    Object[] all = List.of(first).toArray(new Object[first.length + more.length]);
    System.arraycopy(more, 0, all, first.length, more.length);
    return all;
  }

  private static JsonObject golden(String chat) throws IOException {
    return JsonParser.parseString(Files.readString(Cli.GOLDEN.resolve("chat.json"))).getAsJsonObject().getAsJsonObject(chat);
  }

  private static JsonObject json(String line) {
    assertEquals(line.length() - 1, line.indexOf('\n'), line);
    return JsonParser.parseString(line).getAsJsonObject();
  }

  /** The margins of the first five tokens leave no doubt. */
  @Test
  void answersAsTheGoldenChat() throws IOException {
    JsonArray wanted = golden("single_turn").getAsJsonArray("greedy_ids");
    Cli.Result result = Cli.run(with(QUESTION, IMAGE, "--json"));
    assertEquals(0, result.exitCode(), result.err());
    JsonObject answer = json(result.out());
    assertEquals(wanted.asList().subList(0, 5), answer.getAsJsonArray("tokens").asList());
    assertEquals("max_tokens", answer.get("finish_reason").getAsString());
    assertEquals("f16.gguf", answer.get("model").getAsString());
    assertTrue(answer.get("backend").getAsString().contains("scalar"), result.out());
    JsonObject statistics = answer.getAsJsonObject("statistics");
    assertEquals(189, statistics.get("prompt_tokens").getAsInt());
    assertEquals(144, statistics.get("image_tokens").getAsInt());
    assertEquals(5, statistics.get("generated_tokens").getAsInt());

    Cli.Result plain = Cli.runWithInput(Files.readAllBytes(IMAGE), with(QUESTION, "-"));
    assertEquals(answer.get("text").getAsString() + "\n", plain.out());
    assertTrue(STATISTICS.matcher(plain.err()).matches(), plain.err());
    assertEquals(plain.out(), Cli.run(with(with(new Object[] {"run"}, QUESTION), IMAGE)).out());
  }

  @Test
  void stopStringsAndSeedsAreHeard() {
    Object[] sampled = {"--backend", "scalar", "--model", LANGUAGE_MODEL, "--prompt", "What is a circle?", "--max-tokens", 8, "--temp", 2};
    String first = Cli.run(with(sampled, "--seed", 7)).out();
    assertEquals(first, Cli.run(with(sampled, "--seed", 7)).out());
    assertFalse(first.equals(Cli.run(with(sampled, "--seed", 8)).out()));
    String stop = first.substring(1, 3);
    String cut = Cli.run(with(sampled, "--seed", 7, "--stop", stop)).out();
    assertEquals(first.substring(0, first.indexOf(stop)), cut.stripTrailing());
  }

  /** The template that the file would get anyway, by both of its names, and another one. */
  @Test
  void templatesGoByEachOfTheirNames() {
    String expected = Cli.run(with(QUESTION, IMAGE)).out();
    for (String name : List.of("vicuna", "vicuna_v1")) {
      Cli.Result result = Cli.run(with(QUESTION, IMAGE, "--template", name));
      assertEquals(0, result.exitCode(), result.err());
      assertEquals(expected, result.out());
    }
    assertNotEquals(expected, Cli.run(with(QUESTION, IMAGE, "--template", "chatml")).out());
  }

  @Test
  void aQuestionThatDoesNotFitIsRefused() {
    Cli.Result result = Cli.run(with(QUESTION, IMAGE, "--ctx", 100));
    assertEquals(65, result.exitCode(), result.err());
    assertEquals("", result.out());
  }

  @Test
  void aConversationGoesOnLineByLine() {
    String lines = "/image " + IMAGE + "\nWhat is in the image?\n"
        + "/image nowhere.png\n/nonsense\n\n/reset\nWhat is a circle?\n/quit\nnot read\n";
    Cli.Result result = Cli.runWithInput(lines.getBytes(StandardCharsets.UTF_8), "--backend", "scalar", "--model", LANGUAGE_MODEL,
        "--mmproj", MMPROJ, "--max-tokens", 3, "--interactive");
    assertEquals(0, result.exitCode(), result.err());
    assertEquals(2, Pattern.compile("prefill \\d+ tokens").matcher(result.err()).results().count(), result.err());
    assertTrue(result.err().contains("prefill 189 tokens") && result.err().contains("prefill 39 tokens"), result.err());
    assertTrue(result.err().contains("mvlm: nowhere.png: no such file"), result.err());
    assertTrue(result.err().contains("/nonsense"), result.err());
  }

  /** Ctrl-C comes while the model looks at the image: the first pass after the first line is read. */
  @Test
  @Timeout(60)
  void controlCStopsLookingAtAnImageAndTheConversationGoesOn() throws InterruptedException {
    Thread chatting = Thread.currentThread();
    CountDownLatch reading = new CountDownLatch(1);
    InputStream lines = new FilterInputStream(new ByteArrayInputStream(
        ("/image " + IMAGE + "\nWhat is a circle?\n/image\n").getBytes(StandardCharsets.UTF_8))) {
      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        reading.countDown();
        return super.read(buffer, offset, length);
      }
    };
    Thread typing = Thread.ofPlatform().start(() -> {
      try {
        reading.await();
        while (chatting.getState() != Thread.State.TIMED_WAITING) {
          Thread.onSpinWait();
        }
        Interrupts.ofProcess().signalled(2);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    });
    Cli.Result result = Cli.runWithStreams(lines, false, "--backend", "scalar", "--model", LANGUAGE_MODEL, "--mmproj", MMPROJ,
        "--max-tokens", 3, "--interactive");
    typing.join();
    assertEquals(0, result.exitCode(), result.err());
    assertTrue(result.err().startsWith("mvlm: stopped: the image is not shown\nprefill 39 tokens"), result.err());
    assertTrue(result.err().endsWith("mvlm: /image needs the name of a file\n"), result.err());
  }

  /** At this temperature the model says bytes that no terminal should get. */
  @Test
  void aTerminalGetsNoControlCharacters() {
    Object[] question = {"--backend", "scalar", "--model", LANGUAGE_MODEL, "--prompt", "What is a circle?", "--max-tokens", 64, "--temp", 2,
      "--top-k", 0, "--top-p", 1};
    String raw = Cli.run(question).out();
    assertTrue(raw.chars().anyMatch(c -> c < ' ' && c != '\n' && c != '\t'), raw);
    assertEquals(raw.replaceAll("[\\p{Cc}&&[^\n\t]]", "\uFFFD"), Cli.runOnTerminal(question).out());
  }

  private static List<JsonObject> lines(Path file) throws IOException {
    return Files.readAllLines(file).stream().map(line -> JsonParser.parseString(line).getAsJsonObject()).toList();
  }

  private static List<String> images(Path file) throws IOException {
    return lines(file).stream().map(line -> line.get("image").getAsString()).toList();
  }

  @Test
  void anImageWithAnErrorIsTriedAgain(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("a.png"), "no image");
    Files.copy(IMAGE, folder.resolve("b.png"));
    Path out = folder.resolve("x.jsonl");
    Object[] batch = {"batch", folder, "--out", out,
      "--backend", "scalar", "--model", LANGUAGE_MODEL, "--mmproj", MMPROJ, "--max-tokens", 2};
    assertEquals(65, Cli.run(batch).exitCode());
    assertEquals(List.of("a.png", "b.png"), images(out));
    JsonObject answered = lines(out).get(1);
    assertTrue(lines(out).get(0).has("error") && !answered.has("error"), answered.toString());

    Cli.Result again = Cli.run(batch);
    assertEquals(65, again.exitCode());
    assertTrue(again.err().endsWith("0 answered, 1 failed, 1 done before, 0 left\n"), again.err());
    assertEquals(List.of("b.png", "a.png"), images(out));

    Files.copy(IMAGE, folder.resolve("a.png"), StandardCopyOption.REPLACE_EXISTING);
    assertEquals(0, Cli.run(batch).exitCode());
    assertEquals(List.of("b.png", "a.png"), images(out));
    assertEquals(answered, lines(out).get(0));
    assertEquals(answered.get("tokens"), lines(out).get(1).get("tokens"));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of("a.png", "b.png", "x.jsonl"), files.map(file -> file.getFileName().toString()).sorted().toList());
    }
  }

  @Test
  void aBatchGoesOnWithTheSameSettingsOnly(@TempDir Path folder) throws IOException {
    Files.copy(IMAGE, folder.resolve("a.png"));
    Path out = folder.resolve("x.jsonl");
    Path other = Files.copy(LANGUAGE_MODEL, folder.resolve("f16.gguf"));
    Object[] batch = {"batch", folder, "--out", out, "--mmproj", MMPROJ, "--max-tokens", 2, "--backend", "scalar"};
    assertEquals(0, Cli.run(with(batch, "--model", LANGUAGE_MODEL)).exitCode());
    String before = Files.readString(out);
    assertEquals(0, Cli.run(with(batch, "--model", other, "--threads", 1, "--top-k", 40)).exitCode()); // the same bytes, and a default
    try (RandomAccessFile file = new RandomAccessFile(other.toFile(), "rw")) {
      file.seek(file.length() - 1);
      file.write(file.read() ^ 1);
    }
    Object[][] others = {{"--model", other}, {"--model", LANGUAGE_MODEL, "--prompt", "Why?"}, {"--model", LANGUAGE_MODEL, "--seed", 1},
      {"--model", LANGUAGE_MODEL, "--stop", "x"}, {"--model", LANGUAGE_MODEL, "--system", ""}};
    for (Object[] differing : others) {
      Cli.Result result = Cli.run(with(batch, differing));
      assertEquals(64, result.exitCode(), result.err());
      assertTrue(result.err().lines().count() == 1 && result.err().contains("other settings"), result.err());
      assertEquals(before, Files.readString(out));
    }
    assertTrue(Cli.run(with(batch, others[1])).err().contains("prompt \"Describe the image.\", now \"Why?\""));
  }

  @Test
  void aBatchIsContinued(@TempDir Path folder) throws IOException {
    Files.copy(IMAGE, folder.resolve("b.png"));
    Files.copy(Cli.GOLDEN.resolve("images/tiny7x5.png"), folder.resolve("c.PNG"));
    Files.writeString(folder.resolve("a.jpg"), "no image");
    Files.writeString(folder.resolve("notes.txt"), "not taken");
    Path out = folder.resolve("x.jsonl");
    Files.writeString(out, "{\"image\":\"b.png\",\"text\":\"done before\"}\n{\"image\":\"c.PNG\",\"te");
    Object[] batch = {"batch", folder, "--out", out,
      "--backend", "scalar", "--model", LANGUAGE_MODEL, "--mmproj", MMPROJ, "--max-tokens", 2};
    Cli.Result result = Cli.run(batch);
    assertEquals(65, result.exitCode(), result.err());
    List<JsonObject> lines = lines(out);
    assertEquals(List.of("b.png", "a.jpg", "c.PNG"), images(out));
    assertTrue(lines.get(1).get("error").getAsString().contains("a.jpg"));
    assertEquals(2, lines.get(2).getAsJsonArray("tokens").size());
    assertTrue(result.err().endsWith("1 answered, 1 failed, 1 done before, 0 left\n"), result.err());
    Files.delete(folder.resolve("a.jpg"));
    assertEquals(0, Cli.run(batch).exitCode());
    String before = Files.readString(out);
    assertEquals(List.of("b.png", "c.PNG"), images(out));
    assertEquals(0, Cli.run(batch).exitCode());
    assertEquals(before, Files.readString(out));

    Files.writeString(out, "{\"no\":\"image\"}\n");
    assertEquals(65, Cli.run(batch).exitCode());
    try (ResultLog other = ResultLog.open(folder.resolve("y.jsonl"), new JsonObject())) {
      assertFalse(other.contains("b.png"));
      batch[3] = folder.resolve("y.jsonl");
      assertEquals(75, Cli.run(batch).exitCode());
    }
    batch[3] = folder.resolve("nowhere/y.jsonl");
    assertEquals(73, Cli.run(batch).exitCode());
  }
}
