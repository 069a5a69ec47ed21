package io.mvlm.bench;

import io.mvlm.core.Nonlinearity;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;

/** Nonlinearities on 577 rows of 4096, as in the perceptrons of the vision transformer; compared with the time that the loads take. */
public class Activations extends KernelBenchmark {
  private static final int ROWS = 577;
  private static final int WIDTH = 4096;

  @Param
  public Nonlinearity f;

  private float[] x;

  @Override
  void prepare() {
    x = RandomTensors.floats(ROWS * WIDTH, 2);
  }

  @Benchmark
  @OperationsPerInvocation(CALLS)
  public void apply(Rates rates) {
    pass(rates, 2 * 4.0 * ROWS * WIDTH, 0, ex -> ex.input(x, ROWS, WIDTH), (ex, in) -> ex.apply(f, in));
  }
}
