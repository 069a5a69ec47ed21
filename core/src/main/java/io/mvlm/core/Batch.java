package io.mvlm.core;

import java.util.Arrays;
import java.util.List;

/**
 * The rows of one language-model pass: row r is the token at {@code positions[r]} of sequence {@code sequences.get(sequenceOfRow[r])}.
 * Rows of a sequence stand together, in ascending positions that continue what its cache holds, so that one pass can serve several
 * conversations.
 */
public final class Batch {
  private final List<KvCache> sequences;
  private final int[] firstRow;
  private final int[] positions;

  private Batch(List<KvCache> sequences, int[] firstRow, int[] positions) {
    this.sequences = sequences;
    this.firstRow = firstRow;
    this.positions = positions;
  }

  /**
   * @param sequences distinct caches
   * @param rows how many new rows each of them gets, at least 1
   * @throws ContextFullException if the rows do not fit into a cache
   */
  public static Batch of(List<KvCache> sequences, int... rows) {
    int[] firstRow = new int[rows.length + 1];
    for (int s = 0; s < rows.length; s++) {
      KvCache cache = sequences.get(s);
      if (rows[s] < 1) {
        throw new IllegalArgumentException("sequence " + s + " has " + rows[s] + " rows");
      }
      if (cache.length() + rows[s] > cache.spec().capacity()) {
        throw new ContextFullException("the context of " + cache.spec().capacity() + " tokens is full: " + cache.length() + " are in use and "
            + rows[s] + " more do not fit");
      }
      firstRow[s + 1] = firstRow[s] + rows[s];
    }
    int[] positions = new int[firstRow[rows.length]];
    for (int s = 0; s < rows.length; s++) {
      for (int r = firstRow[s]; r < firstRow[s + 1]; r++) {
        positions[r] = sequences.get(s).length() + r - firstRow[s];
      }
    }
    return new Batch(List.copyOf(sequences), firstRow, positions);
  }

  public static Batch of(KvCache sequence, int rows) {
    return of(List.of(sequence), rows);
  }

  public List<KvCache> sequences() {
    return sequences;
  }

  /** The first row of sequence s; for s = number of sequences, the number of rows. */
  public int firstRow(int s) {
    return firstRow[s];
  }

  public int rows() {
    return positions.length;
  }

  public int position(int row) {
    return positions[row];
  }

  @Override
  public String toString() {
    return "Batch of " + rows() + " rows from " + sequences.size() + " sequences, positions " + Arrays.toString(positions);
  }
}
