package io.mvlm.kernels.opencl;

import java.util.concurrent.atomic.AtomicLong;

/** How many OpenCL objects this process holds (contexts, queues, programs, kernels, buffers), so that a leak is a number. Thread-safe. */
final class LiveObjects {
  private static final AtomicLong COUNT = new AtomicLong();

  private LiveObjects() {}

  static void made() {
    COUNT.incrementAndGet();
  }

  static void released() {
    COUNT.decrementAndGet();
  }

  static long count() {
    return COUNT.get();
  }
}
