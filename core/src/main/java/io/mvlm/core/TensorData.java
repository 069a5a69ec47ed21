package io.mvlm.core;

import java.lang.foreign.MemorySegment;

/** Where a tensor's bytes come from. Thread-safe: several workers read different parts at once. */
@FunctionalInterface
public interface TensorData {
  /**
   * Copies {@code destination.byteSize()} bytes, starting at {@code offset} from the tensor's first byte.
   *
   * @throws InvalidDataException if the source has become shorter than it was when it was opened
   */
  void read(long offset, MemorySegment destination);
}
