package io.mvlm.bench;

import io.mvlm.kernels.cpu.CpuBackend;
import io.mvlm.kernels.cpu.CpuKernels;
import io.mvlm.kernels.cpu.LinearInput;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;

/** Rounding one row of activations to 8 bits, which comes before every product with quantised weights in decoding; on one thread. */
public class Quantization extends KernelBenchmark {
  @Param({"2048", "5632"})
  public int columns;

  private CpuKernels kernels;
  private float[] x;
  private int[] pairs;
  private float[] scales;
  private int[] sums;

  @Override
  void prepare() {
    kernels = ((CpuBackend) device).kernels();
    x = RandomTensors.floats(columns, 1);
    pairs = new int[columns / 2];
    scales = new float[columns / LinearInput.BLOCK];
    sums = new int[columns / LinearInput.HALF];
  }

  @Benchmark
  @OperationsPerInvocation(CALLS)
  public int[] quantize(Rates rates) {
    for (int i = 0; i < CALLS; i++) {
      kernels.quantize(x, 0, columns, pairs, 0, scales, 0, sums, 0, columns);
    }
    rates.add(CALLS, 4.0 * (x.length + pairs.length + scales.length + sums.length), 0, roofline());
    return pairs;
  }
}
