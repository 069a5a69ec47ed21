package io.mvlm.core;

/**
 * The largest values of a row, largest first; among equals the lower column comes first. NaN counts as plus infinity: where there is one,
 * it is seen.
 *
 * @param values as they stand in the row
 * @param columns where they stand
 */
public record TopValues(float[] values, int[] columns) {
  /**
   * Selects with a heap: O(n log k).
   *
   * @param data holds the row {@code data[offset, offset + n)}
   * @param k how many, 0 to {@code n}
   */
  public static TopValues of(float[] data, int offset, int n, int k) {
    int[] heap = new int[k]; // the worst of those taken at the root
    for (int c = 0; c < k; c++) {
      heap[c] = c;
    }
    for (int at = k / 2 - 1; at >= 0; at--) {
      sink(data, offset, heap, k, at);
    }
    for (int c = k; c < n && k > 0; c++) {
      if (before(data, offset, c, heap[0])) {
        heap[0] = c;
        sink(data, offset, heap, k, 0);
      }
    }
    for (int left = k - 1; left > 0; left--) {
      int worst = heap[0];
      heap[0] = heap[left];
      heap[left] = worst;
      sink(data, offset, heap, left, 0);
    }
    float[] values = new float[k];
    for (int i = 0; i < k; i++) {
      values[i] = data[offset + heap[i]];
    }
    return new TopValues(values, heap);
  }

  private static boolean before(float[] data, int offset, int a, int b) {
    float x = data[offset + a];
    float y = data[offset + b];
    if (x < y) { // nearly always
      return false;
    }
    float rankOfX = Float.isNaN(x) ? Float.POSITIVE_INFINITY : x;
    float rankOfY = Float.isNaN(y) ? Float.POSITIVE_INFINITY : y;
    return rankOfX > rankOfY || rankOfX == rankOfY && a < b;
  }

  private static void sink(float[] data, int offset, int[] heap, int count, int from) {
    int at = from;
    int column = heap[at];
    while (true) {
      int child = 2 * at + 1;
      if (child >= count) {
        break;
      }
      if (child + 1 < count && before(data, offset, heap[child], heap[child + 1])) {
        child++;
      }
      if (!before(data, offset, column, heap[child])) {
        break;
      }
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = column;
  }
}
