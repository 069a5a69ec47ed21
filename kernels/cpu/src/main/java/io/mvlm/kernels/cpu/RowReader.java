package io.mvlm.kernels.cpu;

import io.mvlm.core.Tensor;
import java.lang.foreign.MemorySegment;

/** Several matrices of one type and one width, stacked by rows, read as file bytes. Thread-safe. */
public final class RowReader {
  private final Tensor[] tensors;
  private final long rowBytes;
  private final int rows;

  public RowReader(Tensor... tensors) {
    this.tensors = tensors;
    this.rowBytes = tensors[0].type().byteSize(tensors[0].shape().columns());
    long sum = 0;
    for (Tensor tensor : tensors) {
      sum += tensor.shape().rows();
    }
    this.rows = Math.toIntExact(sum);
  }

  public int rows() {
    return rows;
  }

  public long rowBytes() {
    return rowBytes;
  }

  /**
   * Reads rows {@code from … from + count − 1}, one after the other; rows past the last are zeros. The result, native memory, is valid until the
   * scratch is used again.
   */
  public MemorySegment read(int from, int count, WorkerScratch scratch) {
    MemorySegment target = scratch.file(rowBytes * count);
    long at = 0;
    long first = 0; // of the tensor at hand
    for (Tensor tensor : tensors) {
      long end = first + tensor.shape().rows();
      long begin = Math.max(from, first);
      long stop = Math.min(from + count, end);
      if (begin < stop) {
        tensor.data().read((begin - first) * rowBytes, target.asSlice(at, (stop - begin) * rowBytes));
        at += (stop - begin) * rowBytes;
      }
      first = end;
    }
    target.asSlice(at).fill((byte) 0);
    return target;
  }
}
