package io.mvlm.kernels.cpu;

import io.mvlm.core.Activation;
import io.mvlm.core.Backend;
import io.mvlm.core.Execution;
import io.mvlm.kernels.vector.VectorKernels;
import java.util.List;
import java.util.function.Function;

/** The CPU backends that must agree: scalar, and vector with one, two and three threads, unless told otherwise. */
public final class Backends implements AutoCloseable {
  private final List<Backend> all;

  public Backends() {
    this(new CpuBackend(new ScalarKernels(), 2), new CpuBackend(new VectorKernels(), 1), new CpuBackend(new VectorKernels(), 2),
        new CpuBackend(new VectorKernels(), 3));
  }

  /** Others that must agree as well. They are closed with this. */
  public Backends(Backend... all) {
    this.all = List.of(all);
  }

  /** Scalar first. */
  public List<Backend> all() {
    return all;
  }

  /** One pass on a fresh execution whose result is read back. */
  public static float[] compute(Backend backend, Function<Execution, Activation> pass) {
    try (Execution execution = backend.newExecution()) {
      return execution.run(() -> execution.read(pass.apply(execution)));
    }
  }

  @Override
  public void close() {
    all.forEach(Backend::close);
  }
}
