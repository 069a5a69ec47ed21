package io.mvlm.kernels.vector;

import io.mvlm.core.BackendUnavailableException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Some JVMs run the Vector API without compiling it to vector instructions, a hundred times slower than plain loops: a few milliseconds of
 * {@link F32Tile} against the same product in plain loops tell. A good JVM is through as soon as its compiler is; the budget is what a busy
 * machine may need for that.
 */
final class VectorProbe {
  private static final int K = 64;
  private static final long BUDGET_NANOS = 3_000_000_000L;
  private static final int CALLS = 64;

  private VectorProbe() {}

  /** @throws BackendUnavailableException if plain loops are faster, even after time to compile */
  static void requireFast() {
    try (Arena arena = Arena.ofConfined()) {
      requireFast(arena.allocate(K * F32Tile.ROW_BYTES, 64));
    }
  }

  private static void requireFast(MemorySegment memory) {
    float[] panel = new float[K * F32Tile.WIDTH];
    float[] x = new float[K * F32Tile.TOKENS];
    float[] sums = new float[F32Tile.TOKENS * F32Tile.WIDTH];
    long end = System.nanoTime() + BUDGET_NANOS;
    long vector = Long.MAX_VALUE;
    long scalar = Long.MAX_VALUE;
    do {
      long t0 = System.nanoTime();
      for (int i = 0; i < CALLS; i++) {
        F32Tile.multiply(memory, 0, K, x, 0, sums, 0, F32Tile.WIDTH, sums, 0, F32Tile.WIDTH);
      }
      long t1 = System.nanoTime();
      for (int i = 0; i < CALLS; i++) {
        plain(panel, x, sums);
      }
      vector = Math.min(vector, t1 - t0);
      scalar = Math.min(scalar, System.nanoTime() - t1);
      if (vector < scalar) {
        return;
      }
    } while (System.nanoTime() < end);
    throw new BackendUnavailableException("this JVM (" + System.getProperty("java.vm.name") + ") runs the Vector API "
        + Math.max(1, vector / Math.max(1, scalar)) + " times slower than plain loops: use a JDK 25 with HotSpot's C2, for example Temurin");
  }

  private static void plain(float[] panel, float[] x, float[] sums) {
    for (int t = 0; t < F32Tile.TOKENS; t++) {
      for (int c = 0; c < F32Tile.WIDTH; c++) {
        float sum = 0;
        for (int k = 0; k < K; k++) {
          sum += panel[k * F32Tile.WIDTH + c] * x[k * F32Tile.TOKENS + t];
        }
        sums[t * F32Tile.WIDTH + c] += sum;
      }
    }
  }
}
