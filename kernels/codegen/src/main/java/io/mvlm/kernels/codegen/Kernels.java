package io.mvlm.kernels.codegen;

import java.util.ArrayList;
import java.util.Arrays;
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
  private final Map<FloatFormat, FloatProducts> floatProducts = new EnumMap<>(FloatFormat.class);
  private final Map<BlockFormat, Kernel> blockPackers = new EnumMap<>(BlockFormat.class);
  private final Map<FloatFormat, Kernel> floatPackers = new EnumMap<>(FloatFormat.class);
  private Kernel quantize;
  private Kernel scatter;
  private Kernel[] panels;

  /**
   * @param direct for 1, 2, … {@link FloatCode#FEW_TOKENS} tokens
   * @param panel for tiles of 1, 2, … tokens
   */
  record FloatProducts(Kernel[] direct, Kernel unpack, Kernel[] panel) {}

  private Kernels(Tier tier) {
    this.tier = tier;
  }

  static synchronized Kernels of(Tier tier) {
    return ALL.computeIfAbsent(tier, Kernels::new);
  }

  Tier tier() {
    return tier;
  }

  /** See {@link PackCode}. */
  synchronized Kernel packer(BlockFormat format) {
    return blockPackers.computeIfAbsent(format, f -> Routine.assemble(tier, List.of(new PackCode.Blocks(f)))[0]);
  }

  /** See {@link PackCode}. */
  synchronized Kernel packer(FloatFormat format) {
    return floatPackers.computeIfAbsent(format, f -> Routine.assemble(tier, List.of(new PackCode.Floats(f)))[0]);
  }

  /** See {@link Quantize}. */
  synchronized Kernel quantize() {
    if (quantize == null) {
      quantize = Routine.assemble(tier, List.of(new Quantize()))[0];
    }
    return quantize;
  }

  /** For tiles of 1, 2, … tokens; see {@link QuantProduct}. */
  synchronized Kernel[] quantProducts(BlockFormat format) {
    return quantProducts.computeIfAbsent(format, f -> Routine.assemble(tier,
        IntStream.rangeClosed(1, QuantProduct.mostTokens(tier)).mapToObj(tokens -> new QuantProduct(f, tokens)).toList()));
  }

  /** See {@link FloatCode.Scatter}. */
  synchronized Kernel scatter() {
    if (scatter == null) {
      scatter = Routine.assemble(tier, List.of(new FloatCode.Scatter()))[0];
    }
    return scatter;
  }

  /** See {@link FloatCode}. */
  synchronized FloatProducts floatProducts(FloatFormat format) {
    if (panels == null) {
      panels = Routine.assemble(tier, IntStream.rangeClosed(1, FloatCode.mostTokens(tier)).mapToObj(FloatCode.Panel::new).toList());
    }
    return floatProducts.computeIfAbsent(format, f -> {
      List<Routine.Generator> generators = new ArrayList<>();
      for (int tokens = 1; tokens <= FloatCode.FEW_TOKENS; tokens++) {
        generators.add(new FloatCode.Direct(f, tokens));
      }
      generators.add(new FloatCode.Unpack(f));
      Kernel[] kernels = Routine.assemble(tier, generators);
      return new FloatProducts(Arrays.copyOf(kernels, FloatCode.FEW_TOKENS), kernels[FloatCode.FEW_TOKENS], panels);
    });
  }
}
