package io.mvlm.bench;

import io.mvlm.core.Role;
import io.mvlm.core.TensorType;
import io.mvlm.core.Weight;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/** Layer norm of the vision transformer, 577 rows of 1024; RMS norm of the language model, 208 rows of 2048. */
public class Norms extends KernelBenchmark {
  private static final int VISION_ROWS = 577;
  private static final int VISION_WIDTH = 1024;
  private static final int ROWS = 208;
  private static final int WIDTH = 2048;
  private static final float EPS = 1e-5f;

  private Weight visionGain;
  private Weight gain;
  private float[] x;

  @Override
  void prepare() {
    visionGain = device.prepare(Role.VECTOR, RandomTensors.weights(TensorType.F32, VISION_WIDTH));
    gain = device.prepare(Role.VECTOR, RandomTensors.weights(TensorType.F32, WIDTH));
    x = RandomTensors.floats(VISION_ROWS * VISION_WIDTH, 1);
  }

  @Benchmark
  @OperationsPerInvocation(CALLS)
  public void layerNorm(Rates rates) {
    pass(rates, 2 * 4.0 * VISION_ROWS * VISION_WIDTH, 3.0 * VISION_ROWS * VISION_WIDTH, ex -> ex.input(x, VISION_ROWS, VISION_WIDTH),
        (ex, in) -> ex.layerNorm(in, visionGain, visionGain, EPS));
  }

  @Benchmark
  @OperationsPerInvocation(CALLS)
  public void rmsNorm(Rates rates) {
    pass(rates, 2 * 4.0 * ROWS * WIDTH, 2.0 * ROWS * WIDTH, ex -> ex.input(x, ROWS, WIDTH), (ex, in) -> ex.rmsNorm(in, gain, EPS));
  }
}
