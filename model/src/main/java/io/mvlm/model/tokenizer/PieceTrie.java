package io.mvlm.model.tokenizer;

import java.util.Arrays;

/** Finds the longest of a few pieces at a place in the text; used for special tokens. Built once, then safe to share. */
final class PieceTrie {
  private byte[] labels = new byte[64];
  private int[] children = new int[64];
  private int[] siblings = new int[64];
  private int[] ids = new int[64];
  private int nodes = 1;
  private final int[] firstNodes = new int[256];

  PieceTrie() {
    Arrays.fill(ids, -1);
  }

  boolean isEmpty() {
    return nodes == 1;
  }

  /** Adds {@code bytes[from, to)}; empty pieces are left out. */
  void add(byte[] bytes, int from, int to, int id) {
    if (from == to) {
      return;
    }
    int node = firstNodes[bytes[from] & 0xFF];
    if (node == 0) {
      node = newNode(bytes[from]);
      firstNodes[bytes[from] & 0xFF] = node;
    }
    for (int i = from + 1; i < to; i++) {
      int child = child(node, bytes[i]);
      if (child == 0) {
        child = newNode(bytes[i]);
        siblings[child] = children[node];
        children[node] = child;
      }
      node = child;
    }
    if (ids[node] < 0) {
      ids[node] = id;
    }
  }

  /** The id of the longest piece that starts at {@code from} and ends at {@code to} or before, or −1. */
  int longest(byte[] bytes, int from, int to) {
    int node = firstNodes[bytes[from] & 0xFF];
    int found = -1;
    for (int i = from + 1; node != 0; i++) {
      if (ids[node] >= 0) {
        found = ids[node];
      }
      if (i == to) {
        break;
      }
      node = child(node, bytes[i]);
    }
    return found;
  }

  private int child(int node, byte label) {
    int child = children[node];
    while (child != 0 && labels[child] != label) {
      child = siblings[child];
    }
    return child;
  }

  private int newNode(byte label) {
    if (nodes == labels.length) {
      int larger = nodes * 2;
      labels = Arrays.copyOf(labels, larger);
      children = Arrays.copyOf(children, larger);
      siblings = Arrays.copyOf(siblings, larger);
      ids = Arrays.copyOf(ids, larger);
      Arrays.fill(ids, nodes, larger, -1);
    }
    labels[nodes] = label;
    return nodes++;
  }
}
