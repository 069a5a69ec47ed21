package io.mvlm.kernels.codegen;

import java.util.Arrays;
import java.util.List;
import java.util.Set;

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
}
