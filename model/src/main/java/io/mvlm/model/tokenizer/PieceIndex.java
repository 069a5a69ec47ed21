package io.mvlm.model.tokenizer;

import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Finds the id of a piece from its bytes: an open hash table over a {@link TextTable}. The hash (FNV-1a) starts from a random
 * number, so that a file cannot bring pieces that all collide. It can be continued: the hash of "ab" is that of "b" begun with that of "a".
 */
final class PieceIndex {
  private final TextTable pieces;
  private final int[] slots;
  private final int[] hashes;
  private final int basis = ThreadLocalRandom.current().nextInt();
  private final int longest;
  private int duplicate = -1;
  private int duplicateOf = -1;

  PieceIndex(TextTable pieces) {
    this.pieces = pieces;
    int size = pieces.size();
    slots = new int[Integer.highestOneBit(Math.max(8, size)) << 2];
    hashes = new int[size];
    int max = 0;
    for (int id = 0; id < size; id++) {
      max = Math.max(max, pieces.length(id));
      insert(id);
    }
    longest = max;
  }

  private void insert(int id) {
    byte[] bytes = pieces.bytes();
    int start = pieces.start(id);
    int length = pieces.length(id);
    int hash = extend(basis, bytes, start, start + length);
    hashes[id] = hash;
    int mask = slots.length - 1;
    int slot = spread(hash) & mask;
    while (slots[slot] != 0) {
      int other = slots[slot] - 1;
      if (hashes[other] == hash && same(other, bytes, start, length)) {
        if (duplicate < 0) {
          duplicate = id;
          duplicateOf = other;
        }
        return;
      }
      slot = slot + 1 & mask;
    }
    slots[slot] = id + 1;
  }

  /** The hash to begin with. */
  int basis() {
    return basis;
  }

  /** The hash of what {@code hash} stands for, followed by {@code bytes[from, to)}. */
  static int extend(int hash, byte[] bytes, int from, int to) {
    int h = hash;
    for (int i = from; i < to; i++) {
      h = (h ^ bytes[i]) * 0x01000193;
    }
    return h;
  }

  private static int spread(int hash) {
    int h = hash * 0x9E3779B1;
    return h ^ h >>> 15;
  }

  /** The lowest id whose piece is {@code bytes[from, to)}, or −1. */
  int find(byte[] bytes, int from, int to) {
    return to - from > longest ? -1 : find(bytes, from, to - from, extend(basis, bytes, from, to));
  }

  /** As {@link #find(byte[], int, int)}, with the hash already known. */
  int find(byte[] bytes, int from, int length, int hash) {
    int mask = slots.length - 1;
    for (int slot = spread(hash) & mask; slots[slot] != 0; slot = slot + 1 & mask) {
      int id = slots[slot] - 1;
      if (hashes[id] == hash && same(id, bytes, from, length)) {
        return id;
      }
    }
    return -1;
  }

  /** The id whose piece is {@code bytes[from, middle)} followed by {@code bytes[middle + 1, to)}, with its hash known, or −1. */
  int findJoined(byte[] bytes, int from, int middle, int to, int hash) {
    int mask = slots.length - 1;
    for (int slot = spread(hash) & mask; slots[slot] != 0; slot = slot + 1 & mask) {
      int id = slots[slot] - 1;
      if (hashes[id] == hash && pieces.length(id) == to - from - 1) {
        int start = pieces.start(id);
        int joint = start + middle - from;
        byte[] own = pieces.bytes();
        if (Arrays.equals(own, start, joint, bytes, from, middle)
            && Arrays.equals(own, joint, start + to - from - 1, bytes, middle + 1, to)) {
          return id;
        }
      }
    }
    return -1;
  }

  int find(String piece) {
    byte[] bytes = Utf8.encode(piece);
    return find(bytes, 0, bytes.length);
  }

  private boolean same(int id, byte[] bytes, int from, int length) {
    int start = pieces.start(id);
    return pieces.length(id) == length && Arrays.equals(pieces.bytes(), start, start + length, bytes, from, from + length);
  }

  /** The length in bytes of the longest piece. */
  int longest() {
    return longest;
  }

  /** The first id whose piece a lower id has already, or −1. */
  int duplicate() {
    return duplicate;
  }

  /** The lower id that {@link #duplicate()} repeats, or −1. */
  int duplicateOf() {
    return duplicateOf;
  }
}
