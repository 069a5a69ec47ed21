package io.mvlm.bench;

import io.mvlm.core.Activation;
import io.mvlm.core.Batch;
import io.mvlm.core.Execution;
import io.mvlm.core.KvCache;
import io.mvlm.core.TensorType;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.TearDown;

/** Attention of MobileVLM 1.7B over a cache: 16 heads of 128, each row seeing the positions up to its own. */
public class CausalAttention extends KernelBenchmark {
  private static final int HEADS = 16;
  private static final int HEAD = 128;
  private static final int WIDTH = HEADS * HEAD;
  /** Attention over the last layer would let the cache grow; the first of two leaves its length as it is. */
  private static final int LAYERS = 2;

  /** New rows @ positions before them: prefill, and decoding at two depths. */
  @Param({"208@0", "1@500", "1@2000"})
  public String rows;

  @Param({"F16", "F32"})
  public TensorType kv;

  private KvCache cache;
  private int count;
  private double bytes;
  private double multiplyAdds;
  private float[] qkv;

  @Override
  void prepare() {
    String[] numbers = rows.split("@");
    count = Integer.parseInt(numbers[0]);
    int before = Integer.parseInt(numbers[1]);
    cache = device.newKvCache(new KvCache.Spec(LAYERS, HEADS, HEAD, before + count, kv));
    qkv = RandomTensors.floats(Math.max(before, count) * 3 * WIDTH, 1);
    if (before > 0) {
      try (Execution ex = device.newExecution()) {
        ex.run(() -> {
          Batch batch = Batch.of(cache, before);
          Activation x = ex.input(qkv, before, 3 * WIDTH);
          for (int layer = 0; layer < LAYERS; layer++) {
            attend(ex, x, layer, batch);
          }
          return null;
        });
      }
    }
    double pairs = (double) count * before + count * (count + 1.0) / 2;
    multiplyAdds = 2 * pairs * WIDTH;
    bytes = kv.byteSize(2L * WIDTH * (before + count)) + 4.0 * 2 * count * WIDTH;
  }

  @TearDown(Level.Trial)
  public void freeCache() {
    cache.close();
  }

  @Benchmark
  @OperationsPerInvocation(CALLS)
  public void attend(Rates rates) {
    pass(rates, bytes, multiplyAdds, ex -> ex.input(qkv, count, 3 * WIDTH), (ex, x) -> attend(ex, x, 0, Batch.of(cache, count)));
  }

  private static void attend(Execution ex, Activation x, int layer, Batch batch) {
    ex.causalAttention(ex.columns(x, 0, WIDTH), ex.columns(x, WIDTH, WIDTH), ex.columns(x, 2 * WIDTH, WIDTH), layer, batch,
        (float) (1 / Math.sqrt(HEAD)));
  }
}
