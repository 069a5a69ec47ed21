package io.mvlm.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.mvlm.core.Roofline;
import io.mvlm.model.BenchmarkResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Results of benchmarks as a table, as comma-separated values, or as JSON; beside those of another engine if one was asked. */
final class BenchReport {
  /** How they are printed. */
  enum Format { MD, CSV, JSON }

  private static final String READ = "memory read";
  private static final String MULTIPLY_ADD = "f32 multiply-add";

  private final boolean compared;
  private final List<Line> lines = new ArrayList<>();
  private JsonObject roofline;
  private final JsonArray rows = new JsonArray();

  /**
   * A line of a table.
   *
   * @param type empty for the machine itself
   * @param fraction of the roofline; NaN for the machine itself
   * @param peer what another engine reached, or null
   */
  private record Line(String backend, int threads, String type, String test, double rate, String unit, double deviation, double fraction,
      PeerBenchmark.Rate peer) {}

  /** @param compared whether there are results of another engine */
  BenchReport(boolean compared) {
    this.compared = compared;
  }

  /** @param peer what another engine reached with as many threads, by test; empty if none was asked */
  void add(BenchmarkResult result, Map<String, PeerBenchmark.Rate> peer) {
    Roofline ceiling = result.roofline();
    lines.add(new Line(result.backend(), result.threads(), "", READ, ceiling.readGbPerSecond(), "GB/s", 0, Double.NaN, null));
    lines.add(new Line(result.backend(), result.threads(), "", MULTIPLY_ADD, ceiling.fmaGmacPerSecond(), "GMAC/s", 0, Double.NaN, null));
    if (roofline == null) {
      roofline = new JsonObject();
      roofline.add("read_gb_per_s", rounded(ceiling.readGbPerSecond()));
      roofline.add("fma_gmac_per_s", rounded(ceiling.fmaGmacPerSecond()));
    }
    for (BenchmarkResult.Row row : result.rows()) {
      PeerBenchmark.Rate other = peer.get(row.test());
      lines.add(new Line(result.backend(), result.threads(), row.type().name(), row.test(), row.rate(), row.unit(), row.deviation(),
          row.fractionOfRoofline(), other));
      rows.add(json(result, row, other));
    }
  }

  private static JsonObject json(BenchmarkResult result, BenchmarkResult.Row row, PeerBenchmark.Rate peer) {
    JsonObject object = new JsonObject();
    object.addProperty("backend", result.backend());
    object.addProperty("test", row.test());
    object.addProperty("type", row.type().name());
    object.addProperty("threads", result.threads());
    object.add("tokens_per_s", rounded(row.rate()));
    object.add("deviation", rounded(row.deviation()));
    object.add("fraction_of_roofline", rounded(row.fractionOfRoofline()));
    if (peer != null) {
      object.add("peer_tokens_per_s", rounded(peer.tokensPerSecond()));
      object.add("peer_deviation", rounded(peer.deviation()));
      object.add("ratio", rounded(row.rate() / peer.tokensPerSecond()));
    }
    return object;
  }

  String text(Format format) {
    return switch (format) {
      case MD -> table();
      case CSV -> commaSeparated();
      case JSON -> {
        JsonObject all = new JsonObject();
        all.add("roofline", roofline);
        all.add("rows", rows);
        yield Json.line(all) + "\n";
      }
    };
  }

  private String table() {
    List<String[]> cells = new ArrayList<>();
    cells.add(cut("backend", "threads", "type", "test", "rate", "of the roofline", "peer", "ratio"));
    for (Line line : lines) {
      cells.add(cut(line.backend, Integer.toString(line.threads), line.type, line.test,
          withDeviation(line.rate, line.deviation) + " " + line.unit, Double.isNaN(line.fraction) ? "" : number(line.fraction),
          line.peer == null ? "" : withDeviation(line.peer.tokensPerSecond(), line.peer.deviation()) + " " + line.unit,
          line.peer == null ? "" : number(line.rate / line.peer.tokensPerSecond())));
    }
    int[] widths = new int[cells.getFirst().length];
    Arrays.setAll(widths, c -> cells.stream().mapToInt(row -> row[c].length()).max().orElse(0));
    cells.add(1, Arrays.stream(widths).mapToObj("-"::repeat).toArray(String[]::new));
    StringBuilder text = new StringBuilder();
    for (String[] row : cells) {
      for (int c = 0; c < row.length; c++) {
        text.append("| ").append(row[c]).append(" ".repeat(widths[c] - row[c].length() + 1));
      }
      text.append("|\n");
    }
    return text.toString();
  }

  private String commaSeparated() {
    List<String[]> cells = new ArrayList<>();
    cells.add(cut("backend", "threads", "type", "test", "rate,unit,deviation", "fraction_of_roofline", "peer_rate,peer_deviation", "ratio"));
    for (Line line : lines) {
      cells.add(cut(line.backend, Integer.toString(line.threads), line.type, line.test,
          number(line.rate) + "," + line.unit + "," + number(line.deviation), Double.isNaN(line.fraction) ? "" : number(line.fraction),
          line.peer == null ? "," : number(line.peer.tokensPerSecond()) + "," + number(line.peer.deviation()),
          line.peer == null ? "" : number(line.rate / line.peer.tokensPerSecond())));
    }
    return cells.stream().map(row -> String.join(",", row) + "\n").collect(Collectors.joining());
  }

  /** Without the last two columns if there is nobody to compare with. */
  private String[] cut(String... row) {
    return compared ? row : Arrays.copyOf(row, row.length - 2);
  }

  private static String withDeviation(double rate, double deviation) {
    return deviation == 0 ? number(rate) : number(rate) + " ± " + number(deviation);
  }

  /** Three or four digits that say something. */
  private static String number(double value) {
    return String.format(Locale.ROOT, value >= 999.5 ? "%.0f" : value >= 99.95 ? "%.1f" : value >= 9.995 ? "%.2f" : "%.3f", value);
  }

  private static JsonElement rounded(double value) {
    return Json.number(Math.round(value * 10_000) / 10_000.0);
  }
}
