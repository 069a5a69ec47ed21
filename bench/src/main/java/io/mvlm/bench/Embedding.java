package io.mvlm.bench;

import io.mvlm.core.Role;
import io.mvlm.core.Tensor;
import io.mvlm.core.TensorType;
import io.mvlm.core.Weight;
import java.util.Random;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;

/** Looking up rows of a table [32000, 2048]: those of a prompt, or one. */
public class Embedding extends KernelBenchmark {
  private static final int VOCABULARY = 32_000;
  private static final int WIDTH = 2048;

  @Param
  public TensorType type;

  @Param({"1", "208"})
  public int tokens;

  private Weight table;
  private int[] ids;
  private double bytes;

  @Override
  void prepare() {
    Tensor tensor = RandomTensors.weights(type, VOCABULARY, WIDTH);
    table = device.prepare(Role.EMBEDDING, tensor);
    ids = new Random(1).ints(tokens, 0, VOCABULARY).toArray();
    bytes = tokens * (type.byteSize(WIDTH) + 4.0 * WIDTH);
  }

  @Benchmark
  @OperationsPerInvocation(CALLS)
  public void lookUp(Rates rates) {
    pass(rates, bytes, 0, ex -> null, (ex, in) -> ex.embedding(table, ids));
  }
}
