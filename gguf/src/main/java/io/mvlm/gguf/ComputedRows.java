package io.mvlm.gguf;

import io.mvlm.core.TensorData;
import io.mvlm.core.TensorType;
import java.lang.foreign.MemorySegment;

/**
 * Tensor bytes that are made when they are read: each row is filled with floats and quantised. Thread-safe if the filler is. Reading whole
 * rows is cheapest; of a row that is asked for in pieces, each piece costs the whole row.
 */
public final class ComputedRows implements TensorData {
  /** Makes one row. Equal rows for equal numbers; called from several threads at once. */
  @FunctionalInterface
  public interface RowFiller {
    /** @param row 0 to rows − 1, all but the fastest dimension flattened */
    void fill(long row, float[] values);
  }

  private final TensorType type;
  private final int columns;
  private final int rowBytes;
  private final RowFiller filler;

  /** @param columns values in a row, a multiple of the type's block length */
  public ComputedRows(TensorType type, long columns, RowFiller filler) {
    this.type = type;
    this.columns = Math.toIntExact(columns);
    this.rowBytes = Math.toIntExact(type.byteSize(columns));
    this.filler = filler;
  }

  @Override
  public void read(long offset, MemorySegment destination) {
    float[] values = new float[columns];
    MemorySegment whole = null;
    long end = offset + destination.byteSize();
    for (long row = offset / rowBytes; row * rowBytes < end; row++) {
      long start = row * rowBytes;
      filler.fill(row, values);
      if (start >= offset && start + rowBytes <= end) {
        type.codec().quantize(values, 0, columns, destination, start - offset);
      } else {
        whole = whole == null ? MemorySegment.ofArray(new byte[rowBytes]) : whole;
        type.codec().quantize(values, 0, columns, whole, 0);
        long from = Math.max(offset, start);
        long to = Math.min(end, start + rowBytes);
        MemorySegment.copy(whole, from - start, destination, from - offset, to - from);
      }
    }
  }
}
