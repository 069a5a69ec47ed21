package io.mvlm.model.sampling;

/** A heap of ids whose root is the most likely one: where it is not known in advance how many of the best are wanted. */
final class MostLikely {
  private MostLikely() {}

  /** Whether {@code a} comes before {@code b}: a larger score, or the same and a lower id. */
  private static boolean before(float[] scores, int a, int b) {
    return scores[a] > scores[b] || scores[a] == scores[b] && a < b;
  }

  /** Orders {@code ids[0, count)} as a heap whose root is the best; O(n). */
  static void heapify(float[] scores, int[] ids, int count) {
    for (int at = count / 2 - 1; at >= 0; at--) {
      sinkBest(scores, ids, count, at);
    }
  }

  /** Moves the root of the heap {@code ids[0, count)} to {@code ids[count - 1]}, which is then behind a heap of one less. */
  static void removeFirst(float[] scores, int[] ids, int count) {
    int first = ids[0];
    ids[0] = ids[count - 1];
    ids[count - 1] = first;
    sinkBest(scores, ids, count - 1, 0);
  }

  private static void sinkBest(float[] scores, int[] ids, int count, int from) {
    int at = from;
    int id = ids[at];
    while (true) {
      int child = 2 * at + 1;
      if (child >= count) {
        break;
      }
      if (child + 1 < count && before(scores, ids[child + 1], ids[child])) {
        child++;
      }
      if (!before(scores, ids[child], id)) {
        break;
      }
      ids[at] = ids[child];
      at = child;
    }
    ids[at] = id;
  }
}
