package io.mvlm.kernels.opencl;

import java.util.ArrayList;
import java.util.List;

/**
 * A stack of device floats: allocation moves a mark forward, a scope moves it back. Chunks are kept, so a second pass allocates nothing.
 * Commands run in order, so memory that is given out again is not written to before the last command that reads it has ended.
 */
final class ActivationStack implements AutoCloseable {
  private static final int CHUNK = 1 << 20;
  private static final int ALIGNMENT = 64;

  private final DeviceMemory memory;
  private final List<DeviceBuffer> chunks = new ArrayList<>();
  private int chunk = -1;
  private int used;

  ActivationStack(DeviceMemory memory) {
    this.memory = memory;
  }

  /** A place: chunk in the upper half, offset in the lower. */
  long mark() {
    return (long) chunk << 32 | used;
  }

  void release(long mark) {
    chunk = (int) (mark >> 32);
    used = (int) mark;
  }

  /** A matrix with undefined content. */
  DeviceActivation allocate(int rows, int columns) {
    int count = Math.multiplyExact(rows, columns);
    int padded = Math.addExact(count, -count & ALIGNMENT - 1);
    if (chunk < 0 || length(chunk) - used < padded) {
      provide(chunk + 1, padded);
      chunk++;
      used = 0;
    }
    DeviceActivation result = new DeviceActivation(chunks.get(chunk), used, rows, columns, columns);
    used += padded;
    return result;
  }

  /** Sees to it that there is a chunk {@code next} of {@code count} floats. If the device refuses, the chunks that are left are whole. */
  private void provide(int next, int count) {
    if (next < chunks.size()) {
      if (length(next) >= count) {
        return;
      }
      chunks.remove(next).close(); // first: there may be no room for both
    }
    chunks.add(next, memory.allocate((long) Math.max(CHUNK, count) * Float.BYTES));
  }

  private long length(int chunk) {
    return chunks.get(chunk).byteSize() / Float.BYTES;
  }

  @Override
  public void close() {
    chunks.forEach(DeviceBuffer::close);
    chunks.clear();
    chunk = -1;
    used = 0;
  }
}
