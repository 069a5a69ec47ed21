package io.mvlm.model.tokenizer;

/**
 * What two neighbouring ids merge into: (left, right) → (rank, merged id), in one open hash table of longs. The first entry for a pair
 * stays, as lower ranks come first.
 */
final class PairTable {
  private static final long EMPTY = -1;
  /** What {@link #get} gives for a pair that does not merge. */
  static final long NONE = -1;

  private final long[] table;
  private final int mask;

  /** @param expected the number of pairs that will be put at most */
  PairTable(int expected) {
    int capacity = Integer.highestOneBit(Math.max(8, expected)) << 2;
    table = new long[2 * capacity];
    for (int i = 0; i < table.length; i += 2) {
      table[i] = EMPTY;
    }
    mask = capacity - 1;
  }

  void putIfAbsent(int left, int right, int rank, int merged) {
    long key = key(left, right);
    int slot = slot(key);
    while (table[2 * slot] != EMPTY) {
      if (table[2 * slot] == key) {
        return;
      }
      slot = slot + 1 & mask;
    }
    table[2 * slot] = key;
    table[2 * slot + 1] = (long) rank << 32 | merged;
  }

  /** The rank in the upper and the merged id in the lower 32 bits, or {@link #NONE}. */
  long get(int left, int right) {
    long key = key(left, right);
    int slot = slot(key);
    while (table[2 * slot] != EMPTY) {
      if (table[2 * slot] == key) {
        return table[2 * slot + 1];
      }
      slot = slot + 1 & mask;
    }
    return NONE;
  }

  private static long key(int left, int right) {
    return (long) left << 32 | right;
  }

  private int slot(long key) {
    long h = key * 0x9E3779B97F4A7C15L;
    return (int) (h >>> 32 ^ h >>> 47) & mask;
  }
}
