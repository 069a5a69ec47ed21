package io.mvlm.model.tokenizer;

import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Finds the id of a piece from its bytes: an open hash table over a {@link TextTable}. The hash (FNV-1a) starts from a random
 * number, so that a file cannot bring pieces that all collide. Safe to share after it was built.
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
    int hash = hash(bytes, start, start + length);
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

  private int hash(byte[] bytes, int from, int to) {
    int h = basis;
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
    if (to - from > longest) {
      return -1;
    }
    int hash = hash(bytes, from, to);
    int mask = slots.length - 1;
    for (int slot = spread(hash) & mask; slots[slot] != 0; slot = slot + 1 & mask) {
      int id = slots[slot] - 1;
      if (hashes[id] == hash && same(id, bytes, from, to - from)) {
        return id;
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
