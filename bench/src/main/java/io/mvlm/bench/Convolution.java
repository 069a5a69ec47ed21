package io.mvlm.bench;

import io.mvlm.core.Nonlinearity;
import io.mvlm.core.Role;
import io.mvlm.core.TensorType;
import io.mvlm.core.Weight;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/** What the projectors do on a grid of 24 × 24 features with 2048 channels. */
public class Convolution extends KernelBenchmark {
  private static final int GRID = 24;
  private static final int PIXELS = GRID * GRID;
  private static final int CHANNELS = 2048;

  private Weight taps;
  private Weight bias;
  private Weight matrix;
  private float[] x;

  @Override
  void prepare() {
    taps = device.prepare(Role.CONVOLUTION, RandomTensors.weights(TensorType.F32, CHANNELS, 1, 3, 3));
    bias = device.prepare(Role.VECTOR, RandomTensors.weights(TensorType.F32, CHANNELS));
    matrix = device.prepare(Role.LINEAR, RandomTensors.weights(TensorType.F16, CHANNELS, CHANNELS));
    x = RandomTensors.floats(PIXELS * CHANNELS, 1);
  }

  @Benchmark
  @OperationsPerInvocation(CALLS)
  public void depthwiseStride1(Rates rates) {
    pass(rates, 2 * 4.0 * PIXELS * CHANNELS, 9.0 * PIXELS * CHANNELS, ex -> ex.input(x, PIXELS, CHANNELS),
        (ex, in) -> ex.depthwise(in, GRID, GRID, taps, bias, 1));
  }

  @Benchmark
  @OperationsPerInvocation(CALLS)
  public void depthwiseStride2(Rates rates) {
    pass(rates, 1.25 * 4.0 * PIXELS * CHANNELS, 9.0 * PIXELS / 4 * CHANNELS, ex -> ex.input(x, PIXELS, CHANNELS),
        (ex, in) -> ex.depthwise(in, GRID, GRID, taps, bias, 2));
  }

  @Benchmark
  @OperationsPerInvocation(CALLS)
  public void pointwise(Rates rates) {
    pass(rates, 2.0 * CHANNELS * CHANNELS + 2 * 4.0 * PIXELS * CHANNELS, (double) PIXELS * CHANNELS * CHANNELS,
        ex -> ex.input(x, PIXELS, CHANNELS), (ex, in) -> ex.linear(in, matrix, bias, Nonlinearity.IDENTITY));
  }

  @Benchmark
  @OperationsPerInvocation(CALLS)
  public void averagePool(Rates rates) {
    pass(rates, 1.25 * 4.0 * PIXELS * CHANNELS, 0, ex -> ex.input(x, PIXELS, CHANNELS), (ex, in) -> ex.averagePool2(in, GRID, GRID));
  }
}
