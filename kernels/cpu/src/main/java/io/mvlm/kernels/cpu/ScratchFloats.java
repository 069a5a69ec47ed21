package io.mvlm.kernels.cpu;

import java.util.ArrayList;
import java.util.List;

/** A stack of floats: allocation moves a mark forward, a scope moves it back. Chunks are kept, so a second pass allocates nothing. */
final class ScratchFloats {
  private static final int CHUNK = 1 << 20;
  private static final int ALIGNMENT = 16;

  private final List<float[]> chunks = new ArrayList<>();
  private int chunk = -1;
  private int used;

  /** A place: chunk in the upper half, offset in the lower. */
  long mark() {
    return (long) chunk << 32 | used;
  }

  void release(long mark) {
    chunk = (int) (mark >> 32);
    used = (int) mark;
  }

  /** A matrix with undefined content. */
  CpuActivation allocate(int rows, int columns) {
    int count = Math.multiplyExact(rows, columns);
    int padded = Math.addExact(count, -count & ALIGNMENT - 1);
    while (chunk < 0 || chunks.get(chunk).length - used < padded) {
      if (++chunk == chunks.size()) {
        chunks.add(new float[Math.max(CHUNK, padded)]);
      } else if (chunks.get(chunk).length < padded) {
        chunks.set(chunk, new float[padded]);
      }
      used = 0;
    }
    CpuActivation result = new CpuActivation(chunks.get(chunk), used, rows, columns, columns);
    used += padded;
    return result;
  }
}
