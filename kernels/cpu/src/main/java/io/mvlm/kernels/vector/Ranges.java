package io.mvlm.kernels.vector;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Each kernel checks once that its operands have the values that it will touch, so that the Vector API's own check of every load and store
 * ({@code -Djdk.incubator.vector.VECTOR_ACCESS_OOB_CHECK}) may be switched off.
 */
final class Ranges {
  private Ranges() {}

  /** @throws IndexOutOfBoundsException if {@code values} does not hold {@code count} values from {@code from} on */
  static void check(float[] values, int from, int count) {
    Objects.checkFromIndexSize(from, count, values.length);
  }

  /** @throws IndexOutOfBoundsException if {@code bytes} does not hold {@code count} bytes from {@code from} on */
  static void check(MemorySegment bytes, long from, long count) {
    Objects.checkFromIndexSize(from, count, bytes.byteSize());
  }
}
