package io.mvlm.model.tokenizer;

import java.util.Arrays;

/** A binary heap of (priority, position): lowest priority first, at the same priority the leftmost position. */
final class MergeQueue {
  private long[] heap = new long[64];
  private int size;

  /** @param position at least 0 */
  void add(int priority, int position) {
    if (size == heap.length) {
      heap = Arrays.copyOf(heap, size * 2);
    }
    long entry = (long) priority << 32 | position;
    int at = size++;
    while (at > 0) {
      int parent = at - 1 >>> 1;
      if (heap[parent] <= entry) {
        break;
      }
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = entry;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** Removes the first entry: its priority in the upper, its position in the lower 32 bits. */
  long poll() {
    long first = heap[0];
    long entry = heap[--size];
    int at = 0;
    while (true) {
      int child = 2 * at + 1;
      if (child >= size) {
        break;
      }
      if (child + 1 < size && heap[child + 1] < heap[child]) {
        child++;
      }
      if (entry <= heap[child]) {
        break;
      }
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = entry;
    return first;
  }

  static int priority(long entry) {
    return (int) (entry >> 32);
  }

  static int position(long entry) {
    return (int) entry;
  }
}
