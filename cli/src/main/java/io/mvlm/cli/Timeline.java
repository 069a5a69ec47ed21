package io.mvlm.cli;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Where the time of a process went, from the start of its launcher on, for {@code --verbose}. Not thread-safe. */
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

  /** Begins with the processes that the system tells of, to a hundredth of a second. */
  static Timeline ofProcess() {
    ProcessHandle own = ProcessHandle.current();
    Optional<Instant> launcher = Boolean.getBoolean("mvlm.launched") ? own.parent().flatMap(parent -> parent.info().startInstant())
        : Optional.empty();
    Instant jvm = own.info().startInstant().orElseGet(Instant::now);
    Timeline timeline = new Timeline(launcher.orElse(jvm).toEpochMilli(), true);
    launcher.ifPresent(start -> timeline.add(start.toEpochMilli(), "launcher starts"));
    timeline.add(jvm.toEpochMilli(), "JVM starts");
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
