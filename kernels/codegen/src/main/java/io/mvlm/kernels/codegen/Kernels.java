package io.mvlm.kernels.codegen;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The generated kernels of a tier, assembled when they are first asked for, one family at a time, and kept for the life of the process: all
 * backends share them, and code that nothing gives back is never called too late. Thread-safe.
 */
final class Kernels {
  private static final Map<Tier, Kernels> ALL = new EnumMap<>(Tier.class);

  private final Tier tier;
  private final Map<BlockFormat, Kernel[]> quantProducts = new EnumMap<>(BlockFormat.class);
  private Kernel quantize;

  private Kernels(Tier tier) {
    this.tier = tier;
  }

  static synchronized Kernels of(Tier tier) {
    return ALL.computeIfAbsent(tier, Kernels::new);
  }

  Tier tier() {
    return tier;
  }

  synchronized Kernel quantize() {
    if (quantize == null) {
      quantize = Routine.assemble(tier, List.of(new Quantize()))[0];
    }
    return quantize;
  }

  /** For tiles of 1, 2, … tokens. */
  synchronized Kernel[] quantProducts(BlockFormat format) {
    return quantProducts.computeIfAbsent(format, f -> Routine.assemble(tier,
        IntStream.rangeClosed(1, QuantProduct.mostTokens(tier)).mapToObj(tokens -> new QuantProduct(f, tokens)).toList()));
  }
}
