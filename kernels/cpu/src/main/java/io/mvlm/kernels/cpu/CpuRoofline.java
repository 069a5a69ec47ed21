package io.mvlm.kernels.cpu;

import io.mvlm.core.Roofline;
import io.mvlm.core.Workers;
import java.lang.foreign.MemorySegment;
import java.util.function.DoubleSupplier;

/**
 * Measures the ceilings of {@link CpuKernels} with a backend's own workers: a sum straight over memory far larger than the caches, and multiply-adds
 * that touch none. Each is repeated until it gets no faster, and the best counts: on a busy machine everything else is somebody else's
 * time. Inside a pass.
 */
final class CpuRoofline {
  private static final long MEMORY = 1L << 30;
  private static final long LEAST_MEMORY = 1L << 26;
  /** Several, so that all workers clear them. */
  private static final int SEGMENT = 1 << 25;
  /** What a worker reads in one go. */
  private static final int PIECE = 1 << 20;
  private static final int ROUNDS = 1000;
  /** Calls of {@link #ROUNDS} rounds for each worker: some milliseconds. */
  private static final int CALLS = 1000;

  /** Enough short calls for C2 to compile a kernel, which would take minutes over a gigabyte as long as it is interpreted. */
  private static final int WARM_CALLS = 10_000;
  private static final int WARM_BYTES = 4096;
  private static final int WARM_ROUNDS = 16;

  /** Passes without progress that end a measurement. */
  private static final int SETTLED = 8;
  /** What counts as progress. */
  private static final double PROGRESS = 1.01;
  /** Not less, as a busy compiler may come late; not more, whatever happens. */
  private static final long LEAST_NANOS = 300_000_000L;
  private static final long MOST_NANOS = 4_000_000_000L;

  private final CpuBackend backend;
  private final CpuKernels kernels;
  private final Workers workers;
  /** Results of each worker, a cache line apart: what is stored, no compiler leaves out. */
  private final long[] results;

  CpuRoofline(CpuBackend backend) {
    this.backend = backend;
    this.kernels = backend.kernels();
    this.workers = backend.workers();
    this.results = new long[8 * workers.size()];
  }

  Roofline measure() {
    return new Roofline(readRate(MEMORY) / 1e9, multiplyAddRate() / 1e9);
  }

  /** Bytes a second. @param bytes to read in a pass; half of it, and so on, if the system does not give that much */
  private double readRate(long bytes) {
    MemorySegment[] segments = new MemorySegment[(int) (bytes / SEGMENT)];
    try (ZeroedMemory memory = new ZeroedMemory(SEGMENT)) {
      workers.forEach(segments.length, 1, (from, to, worker) -> {
        for (int i = from; i < to; i++) {
          segments[i] = memory.allocate(SEGMENT);
          segments[i].fill((byte) 1); // pages that nobody wrote to are all the same one
        }
      });
      for (int i = 0; i < WARM_CALLS; i++) {
        results[0] += kernels.sumWords(segments[0], 0, WARM_BYTES);
      }
      return best(() -> {
        workers.forEach((int) (bytes / PIECE), 1, (from, to, worker) -> {
          for (int i = from; i < to; i++) {
            long at = (long) i * PIECE;
            results[8 * worker] += kernels.sumWords(segments[(int) (at / SEGMENT)], at % SEGMENT, PIECE);
          }
        });
        return bytes;
      });
    } catch (OutOfMemoryError e) {
      if (bytes <= LEAST_MEMORY) {
        throw e;
      }
    }
    return readRate(bytes / 2);
  }

  /** Multiply-adds a second. */
  private double multiplyAddRate() {
    for (int i = 0; i < WARM_CALLS; i++) {
      results[0] += kernels.multiplyAddPeak(WARM_ROUNDS, backend.scratch(0));
    }
    return best(() -> {
      long before = sumOfResults();
      workers.forEach(CALLS * workers.size(), CALLS / 20, (from, to, worker) -> {
        for (int i = from; i < to; i++) {
          results[8 * worker] += kernels.multiplyAddPeak(ROUNDS, backend.scratch(worker));
        }
      });
      return sumOfResults() - before;
    });
  }

  private long sumOfResults() {
    long sum = 0;
    for (int worker = 0; worker < workers.size(); worker++) {
      sum += results[8 * worker];
    }
    return sum;
  }

  /** @param pass returns how much it did */
  private static double best(DoubleSupplier pass) {
    long begin = System.nanoTime();
    long now = begin;
    double best = 0;
    int settled = 0;
    do {
      long start = now;
      double done = pass.getAsDouble();
      now = System.nanoTime();
      double rate = done / (now - start) * 1e9;
      settled = rate > best * PROGRESS ? 0 : settled + 1;
      best = Math.max(best, rate);
    } while (now - begin < MOST_NANOS && (settled < SETTLED || now - begin < LEAST_NANOS));
    return best;
  }
}
