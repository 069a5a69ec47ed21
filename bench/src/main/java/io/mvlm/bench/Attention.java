package io.mvlm.bench;

import io.mvlm.core.Activation;
import io.mvlm.core.Execution;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/** Attention of the vision transformer: 577 rows, 16 heads of 64, every row seeing every row. */
public class Attention extends KernelBenchmark {
  private static final int ROWS = 577;
  private static final int HEAD = 64;
  private static final int WIDTH = 16 * HEAD;

  private float[] qkv;

  @Override
  void prepare() {
    qkv = RandomTensors.floats(ROWS * 3 * WIDTH, 1);
  }

  @Benchmark
  @OperationsPerInvocation(CALLS)
  public void full(Rates rates) {
    pass(rates, 4.0 * 4 * ROWS * WIDTH, 2.0 * ROWS * ROWS * WIDTH, ex -> ex.input(qkv, ROWS, 3 * WIDTH), Attention::attend);
  }

  private static void attend(Execution ex, Activation x) {
    ex.attention(ex.columns(x, 0, WIDTH), ex.columns(x, WIDTH, WIDTH), ex.columns(x, 2 * WIDTH, WIDTH), HEAD, 0.125f);
  }
}
