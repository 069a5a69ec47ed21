package io.mvlm.model.tokenizer;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/**
 * One run of SentencePiece's BPE over one text: a linked list of symbols (at first the characters) and a queue of neighbours that may
 * merge, best score first, leftmost among equals. O(n log n) for n characters.
 */
final class ScoredMerges {
  private final Vocabulary vocabulary;
  private final SpecialTokens specials;
  private final PieceIndex index;
  private final byte[] text;
  /** Symbol s is {@code text[starts[s], starts[s] + lengths[s])}; length 0 after it was merged into its left neighbour. */
  private final int[] starts;
  private final int[] lengths;
  private final int[] previous;
  private final int[] next;
  /** The id of a symbol that may not merge, plus 1; null if the vocabulary has no such symbols. */
  private final int[] frozen;
  private final MergeQueue queue = new MergeQueue();
  /** How an unused piece was put together last: its id → the length of its left part. */
  private Map<Integer, Integer> leftParts;

  ScoredMerges(Vocabulary vocabulary, SpecialTokens specials, byte[] text) {
    this.vocabulary = vocabulary;
    this.specials = specials;
    this.index = vocabulary.index();
    this.text = text;
    int count = 0;
    for (byte b : text) {
      count += Utf8.isContinuation(b) ? 0 : 1;
    }
    starts = new int[count];
    lengths = new int[count];
    previous = new int[count];
    next = new int[count];
    frozen = specials.whitespace().isEmpty() ? null : new int[count];
  }

  /** Appends the ids of the text. @param byteIds the id for each byte value, or −1 */
  void run(int[] byteIds, IdBuffer ids) {
    split();
    for (int s = 0; next[s] >= 0; s = next[s]) {
      offer(s);
    }
    while (!queue.isEmpty()) {
      long entry = queue.poll();
      merge(MergeQueue.position(entry), MergeQueue.priority(entry));
    }
    emit(byteIds, ids);
  }

  private void split() {
    int count = 0;
    for (int at = 0; at < text.length; count++) {
      int length = Utf8.width(text[at]);
      if (frozen != null) {
        int id = specials.whitespace().longest(text, at, text.length);
        if (id >= 0) {
          length = vocabulary.pieces().length(id);
          frozen[count] = id + 1;
        }
      }
      starts[count] = at;
      lengths[count] = length;
      previous[count] = count - 1;
      next[count] = count + 1;
      at += length;
    }
    next[count - 1] = -1;
  }

  /** The id that a symbol and its right neighbour merge into, or −1. */
  private int merged(int left, int right) {
    if (frozen != null && (frozen[left] | frozen[right]) != 0) {
      return -1;
    }
    return ordinary(starts[left], lengths[left] + lengths[right]);
  }

  /** The id of the piece {@code text[start, start + length)} if text may become it, or −1. */
  private int ordinary(int start, int length) {
    int id = index.find(text, start, start + length);
    if (id < 0) {
      return -1;
    }
    return switch (vocabulary.type(id)) {
      case NORMAL, UNUSED -> id;
      case USER_DEFINED -> specials.isWhitespace(id) ? id : -1;
      default -> -1;
    };
  }

  /** Queues the merge of a symbol with its right neighbour if their union is a piece. */
  private void offer(int left) {
    int id = merged(left, next[left]);
    if (id < 0) {
      return;
    }
    queue.add(priority(vocabulary.score(id)), left);
    if (vocabulary.type(id) == TokenType.UNUSED) {
      if (leftParts == null) {
        leftParts = new HashMap<>();
      }
      leftParts.put(id, lengths[left]);
    }
  }

  /** An int that is the lower, the higher the score is. */
  private static int priority(float score) {
    int bits = Float.floatToIntBits(score + 0.0f);
    return ~(bits >= 0 ? bits : bits ^ 0x7FFFFFFF);
  }

  /** Merges a symbol with its right neighbour, unless the entry is out of date: then the pair has another score, or is no pair any more. */
  private void merge(int left, int priority) {
    if (lengths[left] == 0 || next[left] < 0) {
      return;
    }
    int right = next[left];
    int id = merged(left, right);
    if (id < 0 || priority(vocabulary.score(id)) != priority) {
      return;
    }
    lengths[left] += lengths[right];
    lengths[right] = 0;
    next[left] = next[right];
    if (next[left] >= 0) {
      previous[next[left]] = left;
    }
    if (previous[left] >= 0) {
      offer(previous[left]);
    }
    if (next[left] >= 0) {
      offer(left);
    }
  }

  private void emit(int[] byteIds, IdBuffer ids) {
    boolean afterUnknown = false;
    for (int s = 0; s >= 0; s = next[s]) {
      if (frozen != null && frozen[s] != 0) {
        ids.add(frozen[s] - 1);
        afterUnknown = false;
      } else {
        afterUnknown = emitPiece(starts[s], lengths[s], byteIds, ids, afterUnknown);
      }
    }
  }

  /** Appends one symbol: its id, or bytes; a run of unknown symbols is one unknown token. */
  private boolean emitPiece(int start, int length, int[] byteIds, IdBuffer ids, boolean afterUnknown) {
    int id = ordinary(start, length);
    if (id < 0) {
      return emitBytes(start, length, byteIds, ids, afterUnknown);
    }
    if (leftParts != null && leftParts.containsKey(id)) {
      return emitParts(start, length, byteIds, ids, afterUnknown);
    }
    ids.add(id);
    return false;
  }

  /** Appends the parts that an unused piece was put together from, and theirs where they are unused too. */
  private boolean emitParts(int start, int length, int[] byteIds, IdBuffer ids, boolean afterUnknown) {
    boolean unknown = afterUnknown;
    ArrayDeque<Integer> ends = new ArrayDeque<>();
    ends.push(start + length);
    for (int at = start; !ends.isEmpty(); ) {
      int end = ends.pop();
      int id = ordinary(at, end - at);
      Integer left = id < 0 ? null : leftParts.get(id);
      if (left != null) {
        ends.push(end);
        ends.push(at + left);
        continue;
      }
      if (id >= 0) {
        ids.add(id);
        unknown = false;
      } else {
        unknown = emitBytes(at, end - at, byteIds, ids, unknown);
      }
      at = end;
    }
    return unknown;
  }

  private boolean emitBytes(int start, int length, int[] byteIds, IdBuffer ids, boolean afterUnknown) {
    boolean covered = true;
    for (int i = start; i < start + length; i++) {
      covered &= byteIds[text[i] & 0xFF] >= 0;
    }
    if (covered) {
      for (int i = start; i < start + length; i++) {
        ids.add(byteIds[text[i] & 0xFF]);
      }
      return false;
    }
    if (!afterUnknown && vocabulary.unknown() != Vocabulary.NONE) {
      ids.add(vocabulary.unknown());
    }
    return true;
  }
}
