package io.mvlm.kernels.opencl;

import io.mvlm.core.Roofline;

/** Measures the device's memory and arithmetic with kernels that do nothing else. On the backend's worker. */
final class OpenClRoofline {
  private static final long READ_BYTES = 256 << 20;
  /** Products of a work item in a round of multiply in roofline.cl. */
  private static final int PRODUCTS = 8 * 16;
  private static final int ROUNDS = 20_000;
  private static final int REPETITIONS = 5;

  private final OpenClBackend backend;
  private final KernelSet kernels;
  private final int group;
  private final int items;

  OpenClRoofline(OpenClBackend backend) {
    this.backend = backend;
    this.kernels = new KernelSet(backend.programs(), backend.tuning());
    this.group = backend.tuning().pointwiseItems();
    // A GPU hides its latencies with thousands of items on each unit.
    this.items = group * (backend.processor() ? 1 : 32) * backend.computeUnits();
  }

  Roofline measure() {
    long bytes = Math.min(READ_BYTES, backend.memory().largestBuffer()) & -16;
    try (DeviceBuffer words = backend.memory().allocate(bytes); DeviceBuffer result = backend.memory().allocate(4L * items)) {
      backend.queue().clear(words); // memory that nobody has written to may be one page of zeros, seen many times
      int count = (int) (bytes / 16 / items);
      // A processor's core reads straight on; the items of a GPU read side by side.
      double read = 16.0 * count * items / fastest(() -> kernels.roofline("read_words").with(words).with(count)
          .with(backend.processor() ? count : 1).with(backend.processor() ? 1 : items).with(result));
      int rounds = backend.processor() ? ROUNDS / group : ROUNDS;
      double products = (double) PRODUCTS * rounds * items / fastest(() -> kernels.roofline("multiply").with(rounds).with(result));
      return new Roofline(read, products);
    }
  }

  private interface Preparation {
    Kernel kernel();
  }

  /** Nanoseconds of the fastest of some runs, after one that is not counted. */
  private double fastest(Preparation preparation) {
    double best = Double.MAX_VALUE;
    for (int i = 0; i <= REPETITIONS; i++) {
      backend.workers().requireWanted();
      long start = System.nanoTime();
      preparation.kernel().run(backend.queue(), items, group);
      backend.queue().finish();
      best = i == 0 ? best : Math.min(best, System.nanoTime() - start);
    }
    return best;
  }
}
