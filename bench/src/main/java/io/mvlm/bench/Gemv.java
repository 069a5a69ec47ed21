package io.mvlm.bench;

import io.mvlm.core.Nonlinearity;
import io.mvlm.core.Role;
import io.mvlm.core.Tensor;
import io.mvlm.core.TensorType;
import io.mvlm.core.Weight;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;

/** One token times a matrix of MobileVLM 1.7B, as in decoding. */
public class Gemv extends KernelBenchmark {
  /** The shape that stands for matrices which no cache holds, as when a whole model is read for each token. */
  private static final String MEMORY = "memory";
  private static final long MEMORY_BYTES = 640L << 20;

  @Param
  public TensorType type;

  /** Rows × columns of one matrix that is used again and again; or {@code memory}: many of 5632 × 2048, one after the other. */
  @Param({"2048x2048", "5632x2048", "2048x5632", MEMORY})
  public String shape;

  private final List<Weight> weights = new ArrayList<>();
  private int next;
  private int columns;
  private double multiplyAdds;
  private double bytes;
  private float[] x;

  @Override
  void prepare() {
    boolean many = shape.equals(MEMORY);
    String[] sides = (many ? "5632x2048" : shape).split("x");
    Tensor matrix = RandomTensors.weights(type, Integer.parseInt(sides[0]), Integer.parseInt(sides[1]));
    long size = 0;
    do {
      weights.add(device.prepare(Role.LINEAR, matrix));
      size += Math.max(1, weights.getLast().byteSize());
    } while (many && size < MEMORY_BYTES);
    columns = Integer.parseInt(sides[1]);
    multiplyAdds = matrix.shape().elements();
    bytes = matrix.byteSize();
    x = RandomTensors.floats(columns, 1);
  }

  @Benchmark
  @OperationsPerInvocation(CALLS)
  public void multiply(Rates rates) {
    pass(rates, bytes, multiplyAdds, ex -> ex.input(x, 1, columns), (ex, in) -> {
      next = (next + 1) % weights.size();
      ex.linear(in, weights.get(next), null, Nonlinearity.IDENTITY);
    });
  }
}
