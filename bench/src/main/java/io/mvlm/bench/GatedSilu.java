package io.mvlm.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/** silu(gate)·up on 208 rows of 5632, as in the perceptrons of the language model; compared with the time that the loads take. */
public class GatedSilu extends KernelBenchmark {
  private static final int ROWS = 208;
  private static final int WIDTH = 5632;

  private float[] x;

  @Override
  void prepare() {
    x = RandomTensors.floats(ROWS * 2 * WIDTH, 2);
  }

  @Benchmark
  @OperationsPerInvocation(CALLS)
  public void apply(Rates rates) {
    pass(rates, 3 * 4.0 * ROWS * WIDTH, 0, ex -> ex.input(x, ROWS, 2 * WIDTH), (ex, in) -> ex.gatedSilu(in));
  }
}
