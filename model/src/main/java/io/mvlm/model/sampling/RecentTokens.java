package io.mvlm.model.sampling;

import it.unimi.dsi.fastutil.ints.Int2IntOpenHashMap;
import java.util.Arrays;
import java.util.function.IntConsumer;

/** The last tokens, up to a number of them, and how often each occurs among them. */
final class RecentTokens {
  private final int window;
  private final Int2IntOpenHashMap counts;
  private int[] ring = {};
  private int size;
  private int next;

  RecentTokens(int window) {
    this.window = window;
    counts = window == 0 ? null : new Int2IntOpenHashMap();
  }

  void add(int id) {
    if (window == 0) {
      return;
    }
    if (size == window) {
      forget(ring[next]);
    } else {
      size++;
      if (size > ring.length) {
        ring = Arrays.copyOf(ring, Math.min(window, Math.max(64, ring.length * 2)));
      }
    }
    ring[next] = id;
    next = next + 1 == window ? 0 : next + 1;
    counts.addTo(id, 1);
  }

  private void forget(int id) {
    if (counts.addTo(id, -1) == 1) {
      counts.remove(id);
    }
  }

  boolean isEmpty() {
    return size == 0;
  }

  void forEachDistinct(IntConsumer action) {
    counts.keySet().forEach(action);
  }
}
