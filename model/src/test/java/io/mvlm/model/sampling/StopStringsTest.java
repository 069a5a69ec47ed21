package io.mvlm.model.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class StopStringsTest {
  @Test
  void holdsBackWhatMayBeAStop() {
    StopStrings stops = new StopStrings(List.of("\nUSER:", "###"));
    assertEquals("a red", stops.push("a red"));
    assertEquals(" circle", stops.push(" circle\nUS"));
    assertEquals("\nUSE it", stops.push("E it##"));
    assertEquals("", stops.push("#"));
    assertEquals(Optional.of("###"), stops.found());
    assertEquals("", stops.push("more"));
    assertEquals("", stops.flush());
  }

  @Test
  void textThatWasHeldBackComesAtTheEnd() {
    StopStrings stops = new StopStrings(List.of("</s>"));
    assertEquals("x", stops.push("x</"));
    assertEquals("</", stops.flush());
    assertEquals(Optional.empty(), stops.found());
  }

  @Test
  void theFirstCompleteOneCounts() {
    StopStrings stops = new StopStrings(List.of("abcd", "bc", "xbc"));
    assertEquals("a", stops.push("abcd"));
    assertEquals(Optional.of("bc"), stops.found());
    StopStrings longest = new StopStrings(List.of("bc", "abc"));
    assertEquals("x", longest.push("xabc"));
    assertEquals(Optional.of("abc"), longest.found());
  }

  @Test
  void noStopStrings() {
    StopStrings none = new StopStrings(List.of());
    assertEquals("text", none.push("text"));
    assertEquals("", none.flush());
    assertThrows(IllegalArgumentException.class, () -> new StopStrings(List.of("")));
  }

  @Property(tries = 2000)
  void cuttingMakesNoDifference(@ForAll @Size(max = 3) List<@CharRange(from = 'a', to = 'c') @StringLength(min = 1, max = 4) String> stops,
      @ForAll @Size(max = 12) List<@CharRange(from = 'a', to = 'c') @StringLength(max = 5) String> pieces) {
    String text = String.join("", pieces);
    int end = Integer.MAX_VALUE;
    int start = text.length();
    for (String stop : stops) {
      int at = text.indexOf(stop);
      if (at >= 0 && (at + stop.length() < end || at + stop.length() == end && at < start)) {
        end = at + stop.length();
        start = at;
      }
    }
    StopStrings search = new StopStrings(stops);
    StringBuilder released = new StringBuilder();
    for (String piece : pieces) {
      released.append(search.push(piece));
    }
    released.append(search.flush());
    assertEquals(text.substring(0, start), released.toString());
    assertEquals(end != Integer.MAX_VALUE, search.found().isPresent());
  }

  @Test
  void longStopStringsTakeLittleTime() {
    StopStrings stops = new StopStrings(List.of("a".repeat(100000) + "b", "a".repeat(99999) + "c"));
    assertTimeout(Duration.ofSeconds(10), () -> {
      for (int i = 0; i < 3000; i++) {
        stops.push("a".repeat(100));
      }
    });
    assertTrue(stops.found().isEmpty());
  }
}
