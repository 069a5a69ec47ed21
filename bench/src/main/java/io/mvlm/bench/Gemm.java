package io.mvlm.bench;

import io.mvlm.core.Nonlinearity;
import io.mvlm.core.Role;
import io.mvlm.core.Tensor;
import io.mvlm.core.TensorType;
import io.mvlm.core.Weight;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;

/** Many tokens times a matrix: prefill of MobileVLM 1.7B, and the vision transformer, CLIP ViT-L/14 at 336 pixels. */
public class Gemm extends KernelBenchmark {
  @Param
  public TensorType type;

  /** Tokens × rows × columns. */
  @Param({"208x2048x2048", "208x11264x2048", "208x2048x5632", "577x3072x1024", "577x4096x1024", "577x1024x4096"})
  public String shape;

  private Weight weight;
  private int tokens;
  private int columns;
  private double multiplyAdds;
  private double bytes;
  private float[] x;

  @Override
  void prepare() {
    String[] sides = shape.split("x");
    tokens = Integer.parseInt(sides[0]);
    columns = Integer.parseInt(sides[2]);
    Tensor matrix = RandomTensors.weights(type, Integer.parseInt(sides[1]), columns);
    weight = device.prepare(Role.LINEAR, matrix);
    multiplyAdds = (double) tokens * matrix.shape().elements();
    bytes = matrix.byteSize() + 4.0 * tokens * (columns + matrix.shape().rows());
    x = RandomTensors.floats(tokens * columns, 1);
  }

  @Benchmark
  @OperationsPerInvocation(CALLS)
  public void multiply(Rates rates) {
    pass(rates, bytes, multiplyAdds, ex -> ex.input(x, tokens, columns), (ex, in) -> ex.linear(in, weight, null, Nonlinearity.IDENTITY));
  }
}
