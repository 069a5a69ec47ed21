package io.mvlm.bench;

import io.mvlm.core.Batch;
import io.mvlm.core.KvCache;
import io.mvlm.core.RotaryEmbedding;
import io.mvlm.core.TensorType;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;

/** Rotary embedding of the queries and keys of 208 tokens, 16 heads of 128 each. */
public class Rotation extends KernelBenchmark {
  private static final int ROWS = 208;
  private static final int HEAD = 128;
  private static final int WIDTH = 2 * 16 * HEAD;

  @Param
  public RotaryEmbedding.Pairing pairing;

  private RotaryEmbedding rope;
  private Batch batch;
  private float[] x;

  @Override
  void prepare() {
    rope = RotaryEmbedding.of(HEAD, 10_000, 1, pairing);
    batch = Batch.of(device.newKvCache(new KvCache.Spec(1, 1, HEAD, ROWS, TensorType.F16)), ROWS);
    x = RandomTensors.floats(ROWS * WIDTH, 1);
  }

  @Benchmark
  @OperationsPerInvocation(CALLS)
  public void rotate(Rates rates) {
    pass(rates, 2 * 4.0 * ROWS * WIDTH, 2.0 * ROWS * WIDTH, ex -> ex.input(x, ROWS, WIDTH), (ex, in) -> ex.rotate(in, HEAD, rope, batch));
  }
}
