package io.mvlm.kernels.codegen;

import io.mvlm.core.Backend;
import io.mvlm.kernels.cpu.Backends;
import io.mvlm.kernels.cpu.CpuBackend;
import io.mvlm.kernels.cpu.ScalarKernels;
import io.mvlm.kernels.vector.VectorKernels;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The tiers that this machine can run. */
public final class Tiers {
  private Tiers() {}

  public static boolean isX86() {
    return Set.of("amd64", "x86_64").contains(System.getProperty("os.arch"));
  }

  public static boolean isX86WithSystemV() {
    return isX86() && CallingConvention.here() == CallingConvention.SYSTEM_V;
  }

  static List<Tier> here() {
    Processor processor = Processor.detect();
    return Arrays.stream(Tier.values()).filter(processor::has).toList();
  }

  /** Each tier with one thread and with three. */
  static Backends backends() {
    return new Backends(here().stream().flatMap(tier -> Stream.<Backend>of(new CpuBackend(new CodegenKernels(tier, new VectorKernels()), 3),
        new CpuBackend(new CodegenKernels(tier, new ScalarKernels()), 1))).toArray(Backend[]::new));
  }
}
