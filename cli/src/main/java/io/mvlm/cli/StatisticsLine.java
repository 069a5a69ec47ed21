package io.mvlm.cli;

import io.mvlm.model.Statistics;
import java.util.Locale;

/** What an answer cost, in one line for people. */
final class StatisticsLine {
  private StatisticsLine() {}

  /** @param loadMillis left out if negative */
  static String of(long loadMillis, Statistics s) {
    StringBuilder line = new StringBuilder();
    if (loadMillis >= 0) {
      line.append("load ").append(loadMillis).append(" ms · ");
    }
    if (s.images() > 0) {
      line.append(s.images() == 1 ? "image " : s.images() + " images ").append(Math.round(s.imageMillis())).append(" ms (")
          .append(s.imageTokens()).append(" tokens) · ");
    }
    line.append("prefill ").append(phase(s.promptTokens(), s.prefillMillis(), s.prefillTokensPerSecond()));
    return line.append(" · decode ").append(phase(s.generatedTokens(), s.decodeMillis(), s.decodeTokensPerSecond())).toString();
  }

  private static String phase(int tokens, double millis, double perSecond) {
    String rate = perSecond <= 0 ? "" : String.format(Locale.ROOT, perSecond < 99.95 ? ", %.1f tok/s" : ", %.0f tok/s", perSecond);
    return tokens + (tokens == 1 ? " token " : " tokens ") + Math.round(millis) + " ms" + rate;
  }
}
