package io.mvlm.cli;

import com.google.gson.JsonObject;
import io.mvlm.model.Answer;
import io.mvlm.model.demo.DemoQuestion;
import io.mvlm.model.demo.DemoQuestion.Kind;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** How many questions of each kind were answered right. */
final class EvalReport {
  private static final String ROW = "%-10s %6d %6d %7.1f %%\n";

  /** Questions so far. */
  private record Tally(int asked, int right) {
    Tally plus(boolean good) {
      return new Tally(asked + 1, good ? right + 1 : right);
    }

    Tally plus(Tally other) {
      return new Tally(asked + other.asked, right + other.right);
    }

    double percent() {
      return asked == 0 ? 0 : 100.0 * right / asked;
    }
  }

  private final Map<Kind, Tally> kinds = new EnumMap<>(Kind.class);

  /** An answer is right if it is the expected one to the letter. */
  void add(DemoQuestion question, Answer answer) {
    boolean right = answer.text().strip().equals(question.answer());
    kinds.put(question.kind(), kinds.getOrDefault(question.kind(), new Tally(0, 0)).plus(right));
  }

  private Tally all() {
    return kinds.values().stream().reduce(new Tally(0, 0), Tally::plus);
  }

  /** For people. */
  String table() {
    StringBuilder text = new StringBuilder(String.format("%-10s %6s %6s\n", "kind", "asked", "right"));
    kinds.forEach((kind, tally) -> text.append(row(kind.word(), tally)));
    return text.append(row("all", all())).toString();
  }

  private static String row(String name, Tally tally) {
    return String.format(Locale.ROOT, ROW, name, tally.asked, tally.right, tally.percent());
  }

  /** Adds {@code kinds}, and {@code asked} and {@code right} of all. */
  void addTo(JsonObject result) {
    JsonObject each = new JsonObject();
    kinds.forEach((kind, tally) -> each.add(kind.word(), object(tally)));
    result.add("kinds", each);
    object(all()).entrySet().forEach(entry -> result.add(entry.getKey(), entry.getValue()));
  }

  private static JsonObject object(Tally tally) {
    JsonObject object = new JsonObject();
    object.addProperty("asked", tally.asked);
    object.addProperty("right", tally.right);
    return object;
  }
}
