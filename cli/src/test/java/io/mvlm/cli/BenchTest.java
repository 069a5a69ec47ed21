package io.mvlm.cli;

import static io.mvlm.cli.Cli.LANGUAGE_MODEL;
import static io.mvlm.cli.Cli.MMPROJ;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class BenchTest {
  /** What llama-bench prints, shortened. */
  private static final String PEER_OUTPUT = """
      [{"model_type": "llama 1B", "n_prompt": 8, "n_gen": 0, "avg_ts": 50.5, "stddev_ts": 0.25},
       {"model_type": "llama 1B", "n_prompt": 0, "n_gen": 2, "avg_ts": 10.0, "stddev_ts": 0.5}]
      """;

  @TempDir
  private Path folder;

  /** A short one, unless {@code more} says otherwise. */
  private static Cli.Result bench(Object... more) {
    Map<Object, Object> options = Map.of("--model", LANGUAGE_MODEL, "--backend", "scalar", "--prompt-tokens", 8, "--gen-tokens", 2,
        "--repetitions", 2);
    List<Object> words = new ArrayList<>(List.of("bench"));
    options.forEach((name, value) -> {
      if (!List.of(more).contains(name)) {
        words.add(name);
        words.add(value);
      }
    });
    words.addAll(List.of(more));
    return Cli.run(words.toArray());
  }

  private static void assertRow(String fields, JsonArray rows, int index) {
    JsonObject row = rows.get(index).getAsJsonObject();
    assertEquals(List.of("backend", "test", "type", "threads", "tokens_per_s", "deviation", "fraction_of_roofline"),
        List.copyOf(row.keySet()));
    assertEquals(fields, row.get("backend").getAsString() + " " + row.get("test").getAsString() + " " + row.get("type").getAsString() + " "
        + row.get("threads").getAsInt());
    assertTrue(row.get("tokens_per_s").getAsDouble() > 0 && row.get("deviation").getAsDouble() >= 0
        && row.get("fraction_of_roofline").getAsDouble() >= 0, row.toString());
  }

  @Test
  void everyCombinationIsARow() {
    Cli.Result result = bench("--threads", "2,1", "--depth", "0,3", "--mmproj", MMPROJ, "--image-repetitions", 1, "--json");
    assertEquals(0, result.exitCode(), result.err());
    JsonObject all = JsonParser.parseString(result.out()).getAsJsonObject();
    assertEquals(List.of("roofline", "rows"), List.copyOf(all.keySet()));
    assertTrue(all.getAsJsonObject("roofline").get("read_gb_per_s").getAsDouble() > 0);
    assertTrue(all.getAsJsonObject("roofline").get("fma_gmac_per_s").getAsDouble() > 0);
    assertEquals(2, all.getAsJsonObject("roofline").size());
    JsonArray rows = all.getAsJsonArray("rows");
    assertEquals(8, rows.size());
    assertRow("scalar pp8 F16 2", rows, 0);
    assertRow("scalar tg2 F16 2", rows, 1);
    assertRow("scalar tg2@d3 F16 2", rows, 2);
    assertRow("scalar image F16 2", rows, 3);
    assertRow("scalar pp8 F16 1", rows, 4);
  }

  @Test
  void tablesBeginWithTheRoofline() {
    Cli.Result csv = bench("--threads", 1, "--format", "csv", "--prompt-tokens", 0);
    assertEquals(0, csv.exitCode(), csv.err());
    List<String> lines = csv.out().lines().toList();
    assertEquals("backend,threads,type,test,rate,unit,deviation,fraction_of_roofline", lines.getFirst());
    assertTrue(lines.get(1).matches("scalar,1,,memory read,[0-9.]+,GB/s,0.000,"), csv.out());
    assertTrue(lines.get(2).matches("scalar,1,,f32 multiply-add,[0-9.]+,GMAC/s,0.000,"), csv.out());
    assertTrue(lines.get(3).matches("scalar,1,F16,tg2,[0-9.]+,tokens/s,[0-9.]+,[0-9.]+"), csv.out());
    assertEquals(4, lines.size());
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aPeerStandsBeside() throws IOException {
    Path words = folder.resolve("words");
    Path peer = script("echo \"$@\" > " + words + "\ncat <<'END'\n" + PEER_OUTPUT + "END");
    Cli.Result json = bench("--threads", 2, "--json", "--peer", peer);
    assertEquals(0, json.exitCode(), json.err());
    assertEquals("-m " + LANGUAGE_MODEL + " -p 8 -n 2 -t 2 -r 2 -o json", Files.readString(words).strip());
    JsonObject prefill = JsonParser.parseString(json.out()).getAsJsonObject().getAsJsonArray("rows").get(0).getAsJsonObject();
    assertEquals(50.5, prefill.get("peer_tokens_per_s").getAsDouble());
    assertEquals(0.25, prefill.get("peer_deviation").getAsDouble());
    assertEquals(prefill.get("tokens_per_s").getAsDouble() / 50.5, prefill.get("ratio").getAsDouble(), 1e-3);

    String table = bench("--threads", 2, "--depth", "0,3", "--peer", peer).out();
    List<String> lines = table.lines().toList();
    assertTrue(lines.getFirst().matches("\\| backend +\\| threads +\\| type +\\| test +\\| rate +\\| of the roofline +\\| peer +\\| ratio +\\|"),
        table);
    assertTrue(lines.get(4).matches("\\| scalar .* 50.50 ± 0.250 tokens/s +\\| [0-9.]+ +\\|"), table);
    assertTrue(lines.get(6).matches("\\| scalar .*tg2@d3.*\\| +\\| +\\|"), table);
    assertEquals(1, table.lines().map(String::length).distinct().count(), table);
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aPeerThatFailsIsOneLine() throws IOException {
    fails(69, "nowhere-bench cannot be started", "--peer", "nowhere-bench");
    fails(69, "ended with code 3: no model", "--peer", script("echo first >&2; echo no model >&2; exit 3"));
    fails(65, "expected an array", "--peer", script("echo '{}'"));
    fails(65, "expected an array", "--peer", script("echo '[{\"n_prompt\": 8}]'"));
    fails(65, "expected an array", "--peer", script("echo segmentation fault"));
  }

  @Test
  void wrongOptions() {
    fails(64, "--threads", "--threads", "1,-2");
    fails(64, "auto, ", "--backend", "scalar,quantum");
    fails(64, "none of scalar, vector takes one", "--device", "0", "--backend", "scalar,vector");
    fails(64, "depth is -5", "--depth", "0,-5");
    fails(64, "nothing to measure", "--prompt-tokens", 0, "--gen-tokens", 0);
    fails(64, "repetitions is 0", "--repetitions", 0);
    fails(64, "exclude", "--json", "--format", "csv");
    fails(64, "--format", "--format", "xml");
    fails(66, "nowhere.gguf", "--mmproj", "nowhere.gguf");
  }

  private static void fails(int code, String part, Object... more) {
    Cli.Result result = bench(more);
    assertEquals(code, result.exitCode(), result.err());
    assertEquals("", result.out());
    assertTrue(result.err().startsWith("mvlm: ") && result.err().indexOf('\n') == result.err().length() - 1, result.err());
    assertTrue(result.err().contains(part), result.err());
  }

  private Path script(String body) throws IOException {
    Path script = Files.createTempFile(folder, "peer", ".sh");
    Files.writeString(script, "#!/bin/sh\n" + body + "\n");
    assertTrue(script.toFile().setExecutable(true));
    return script;
  }
}
