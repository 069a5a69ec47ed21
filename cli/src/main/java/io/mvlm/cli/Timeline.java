package io.mvlm.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Where the time of a process went, from its launcher's first line on, for {@code --verbose}. Not thread-safe. */
final class Timeline {
  /** Hears nothing. */
  static final Timeline NONE = new Timeline(0, false);

  private record Mark(double seconds, String what) {}

  private final List<Mark> marks = new ArrayList<>();
  private final long zero;
  private final boolean listening;

  private Timeline(long zero, boolean listening) {
    this.zero = zero;
    this.listening = listening;
  }

  /** Begins with what the launcher says, or else now. */
  static Timeline ofProcess() {
    Timeline timeline = new Timeline(Long.getLong("mvlm.begun", System.currentTimeMillis()), true);
    timeline.add(timeline.zero, "launcher");
    timeline.add(Long.getLong("mvlm.started", timeline.zero), "JVM starts");
    return timeline;
  }

  /** Something begins now. */
  void mark(String what) {
    if (listening) {
      add(System.currentTimeMillis(), what);
    }
  }

  /** Something began after the last mark. */
  void markAfterLast(double millis, String what) {
    marks.add(new Mark(marks.getLast().seconds + millis / 1000, what));
  }

  private void add(long epochMillis, String what) {
    marks.add(new Mark((epochMillis - zero) / 1000.0, what));
  }

  /** A line for each mark. */
  String text() {
    StringBuilder text = new StringBuilder();
    for (Mark mark : marks) {
      text.append(String.format(Locale.ROOT, "%8.2f s  %s%n", mark.seconds, mark.what));
    }
    return text.toString();
  }
}
