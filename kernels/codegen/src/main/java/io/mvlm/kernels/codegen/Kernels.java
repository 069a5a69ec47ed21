package io.mvlm.kernels.codegen;

import io.mvlm.kernels.cpu.LinearInput;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * The generated kernels of a tier, assembled when they are first asked for, one family at a time, and kept for the life of the process: all
 * backends share them, and code that nothing gives back is never called too late. Thread-safe.
 */
final class Kernels {
  private static final Map<Tier, Kernels> ALL = new EnumMap<>(Tier.class);

  private final Tier tier;
  private final Map<BlockFormat, QuantProducts> quantProducts = new EnumMap<>(BlockFormat.class);
  private final Map<FloatFormat, FloatProducts> floatProducts = new EnumMap<>(FloatFormat.class);
  private final Map<BlockFormat, Kernel> blockPackers = new EnumMap<>(BlockFormat.class);
  private final Map<FloatFormat, Kernel> floatPackers = new EnumMap<>(FloatFormat.class);
  private final Map<BlockFormat, Kernel> blockSplitters = new EnumMap<>(BlockFormat.class);
  private final Map<FloatFormat, Kernel> floatSplitters = new EnumMap<>(FloatFormat.class);
  private final TilePanels[] tilePanels = new TilePanels[2];
  private final Map<ByteProduct.Layout, IntegerPanels> bytePanels = new EnumMap<>(ByteProduct.Layout.class);
  private final Map<BlockFormat, Kernel> byteUnpackers = new EnumMap<>(BlockFormat.class);
  private IntegerPanels wordPanels;
  private final Map<FloatFormat, Kernel> wordUnpackers = new EnumMap<>(FloatFormat.class);
  private TiledInt8.Form roundedForm;
  private TiledInt8.Form byteForm;
  private TiledFloats.Form tiledForm;
  private Kernel[] panels;
  private AttentionKernels attention;
  private StoreKernels store;
  private CeilingKernels ceilings;
  private Kernel depthwise;
  private final Kernel[] rows = new Kernel[RowKernel.values().length];

  /**
   * Each for tiles of 1, 2, … tokens; see {@link QuantProduct}.
   *
   * @param single of one stream
   * @param streams of {@link QuantProduct#streams} streams
   */
  record QuantProducts(Kernel[] single, Kernel[] streams) {}

  /**
   * @param direct for 1, 2, … {@link FloatCode#FEW_TOKENS} tokens
   * @param panel for tiles of 1, 2, … tokens
   */
  record FloatProducts(Kernel[] direct, Kernel unpack, Kernel[] panel) {}

  /**
   * See {@link AttentionCode} and {@link CacheCode}.
   *
   * @param panels for 1, 2, … {@link AttentionCode#MOST_VECTORS} vectors
   */
  record AttentionKernels(Kernel transpose, Kernel tiles, Kernel rows, Kernel finite, Kernel rowSoftmax, PanelKernels[] panels,
      CacheKernels halfCache, CacheKernels floatCache) {
    CacheKernels cache(boolean half) {
      return half ? halfCache : floatCache;
    }
  }

  record PanelKernels(Kernel product, Kernel softmax, Kernel causalSoftmax) {}

  /** @param sums of 1, 2, … times {@link CacheCode#ACROSS} dimensions */
  record CacheKernels(Kernel unpack, Kernel scores, Kernel[] sums) {}

  /**
   * See {@link StoreCode}.
   *
   * @param keys and values: of {@link StoreCode#TOGETHER} positions
   */
  record StoreKernels(Kernel halfKeys, Kernel halfValues, Kernel floats, Kernel keys, Kernel values) {}

  /** See {@link Ceilings}. */
  record CeilingKernels(Kernel sum, Kernel peak) {}

  private Kernels(Tier tier) {
    this.tier = tier;
  }

  static synchronized Kernels of(Tier tier) {
    return ALL.computeIfAbsent(tier, Kernels::new);
  }

  Tier tier() {
    return tier;
  }

  /** See {@link RowCode}. */
  Kernel of(RowKernel row) {
    // Without a lock, as rows are short: a kernel never changes, and whoever misses it looks again.
    Kernel kernel = rows[row.ordinal()];
    return kernel == null ? assemble(row) : kernel;
  }

  private synchronized Kernel assemble(RowKernel row) {
    if (rows[row.ordinal()] == null) {
      rows[row.ordinal()] = Routine.assemble(tier, List.of(row.code()))[0];
    }
    return rows[row.ordinal()];
  }

  /** See {@link DepthwiseCode}. */
  synchronized Kernel depthwise() {
    if (depthwise == null) {
      depthwise = Routine.assemble(tier, List.of(new DepthwiseCode()))[0];
    }
    return depthwise;
  }

  /** See {@link CacheStore}. */
  synchronized StoreKernels store() {
    if (store == null) {
      Kernel[] kernels = Routine.assemble(tier, List.of(new StoreCode.Halves(true), new StoreCode.Halves(false), new StoreCode.Floats(),
          new StoreCode.Positions(true), new StoreCode.Positions(false)));
      store = new StoreKernels(kernels[0], kernels[1], kernels[2], kernels[3], kernels[4]);
    }
    return store;
  }

  synchronized CeilingKernels ceilings() {
    if (ceilings == null) {
      Kernel[] kernels = Routine.assemble(tier, List.of(new Ceilings.Sum(), new Ceilings.Peak()));
      ceilings = new CeilingKernels(kernels[0], kernels[1]);
    }
    return ceilings;
  }

  /** See {@link PackCode}. */
  synchronized Kernel packer(BlockFormat format) {
    return blockPackers.computeIfAbsent(format, f -> Routine.assemble(tier, List.of(new PackCode.Blocks(f)))[0]);
  }

  /** See {@link PackCode}. */
  synchronized Kernel packer(FloatFormat format) {
    return floatPackers.computeIfAbsent(format, f -> Routine.assemble(tier, List.of(new PackCode.Floats(f)))[0]);
  }

  /** The form in which {@link #quantProducts} want their activations. */
  synchronized TiledInt8.Form roundedForm() {
    if (roundedForm == null) {
      roundedForm = roundedForm(QuantProduct.mostTokens(tier), QuantProduct.SUMS, false);
    }
    return roundedForm;
  }

  private TiledInt8.Form roundedForm(int mostTokens, TiledInt8.Sums sums, boolean shared) {
    Kernel[] kernels = Routine.assemble(tier, List.of(new QuantizeCode.Rows(sums), new QuantizeCode.Rest(sums)));
    return new TiledInt8.Form(mostTokens, kernels[0], kernels[1], shared);
  }

  /** For {@link ByteProduct}; of a tier of 512 bits. */
  synchronized IntegerPanels bytePanels(BlockFormat format) {
    if (byteForm == null) {
      byteForm = roundedForm(IntegerPanels.MOST_TOKENS, ByteProduct.SUMS, true);
    }
    return bytePanels.computeIfAbsent(ByteProduct.Layout.of(format),
        layout -> integerPanels(layout.block(), byteForm, ByteProduct.FEWEST_TOKENS, tokens -> new ByteProduct(layout, tokens)));
  }

  /** For {@link WordProduct}; of a tier of 512 bits. */
  synchronized IntegerPanels wordPanels() {
    if (wordPanels == null) {
      TiledInt16.Form form = new TiledInt16.Form(Routine.assemble(tier, List.of(new WordCode.Rows()))[0]);
      wordPanels = integerPanels(WordProduct.BLOCK, form, WordProduct.FEWEST_TOKENS, WordProduct::new);
    }
    return wordPanels;
  }

  private IntegerPanels integerPanels(IntegerPanels.Block block, LinearInput.OwnForm form, int fewest, IntFunction<PanelProduct> product) {
    return new IntegerPanels(block, form,
        Routine.assemble(tier, IntStream.rangeClosed(fewest, IntegerPanels.MOST_TOKENS).mapToObj(product).toList()));
  }

  /** See {@link BytePanelCode}. */
  synchronized Kernel byteUnpacker(BlockFormat format) {
    return byteUnpackers.computeIfAbsent(format, f -> Routine.assemble(tier, List.of(new BytePanelCode(f)))[0]);
  }

  /** See {@link WordCode.Weights}. */
  synchronized Kernel wordUnpacker(FloatFormat format) {
    return wordUnpackers.computeIfAbsent(format, f -> Routine.assemble(tier, List.of(new WordCode.Weights(f)))[0]);
  }

  synchronized QuantProducts quantProducts(BlockFormat format) {
    return quantProducts.computeIfAbsent(format, f -> {
      int most = QuantProduct.mostTokens(tier);
      List<Routine.Generator> generators = new ArrayList<>();
      for (int tokens = 1; tokens <= most; tokens++) {
        generators.add(new QuantProduct(f, tokens, 1));
      }
      for (int tokens = 1; QuantProduct.streams(tier, tokens) > 1; tokens++) {
        generators.add(new QuantProduct(f, tokens, QuantProduct.streams(tier, tokens)));
      }
      Kernel[] kernels = Routine.assemble(tier, generators);
      return new QuantProducts(Arrays.copyOf(kernels, most), Arrays.copyOfRange(kernels, most, kernels.length));
    });
  }

  /**
   * Of a tier that has tiles.
   *
   * @param parts of activations and weights, one or two
   */
  synchronized TilePanels tilePanels(int parts) {
    if (tilePanels[parts - 1] == null) {
      Kernel[] products = Routine.assemble(tier,
          IntStream.rangeClosed(1, TileProduct.MOST_TOKENS).mapToObj(tokens -> new TileProduct(tokens, parts)).toList());
      tilePanels[parts - 1] = new TilePanels(new SplitFloats.Form(parts, Routine.assemble(tier, List.of(new SplitCode.Rows(parts)))[0]), products);
    }
    return tilePanels[parts - 1];
  }

  /** See {@link SplitCode.Blocks}. */
  synchronized Kernel split(BlockFormat format) {
    return blockSplitters.computeIfAbsent(format, f -> Routine.assemble(tier, List.of(new SplitCode.Blocks(f)))[0]);
  }

  /** See {@link SplitCode.Floats}. */
  synchronized Kernel split(FloatFormat format) {
    return floatSplitters.computeIfAbsent(format, f -> Routine.assemble(tier, List.of(new SplitCode.Floats(f)))[0]);
  }

  /** The form in which {@link #floatProducts} want their activations. */
  synchronized TiledFloats.Form tiledForm() {
    if (tiledForm == null) {
      tiledForm = new TiledFloats.Form(tier, Routine.assemble(tier, List.of(new FloatCode.Scatter()))[0]);
    }
    return tiledForm;
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

  /** See {@link Attention}. */
  synchronized AttentionKernels attention() {
    if (attention == null) {
      Kernel[] single = Routine.assemble(tier, List.of(new AttentionCode.Transpose(), new AttentionCode.Tiles(), new AttentionCode.Rows(),
          new AttentionCode.Finite(), new CacheCode.Softmax()));
      PanelKernels[] panels = new PanelKernels[AttentionCode.MOST_VECTORS];
      for (int vectors = 1; vectors <= panels.length; vectors++) {
        Kernel[] kernels = Routine.assemble(tier, List.of(new AttentionCode.Product(vectors), new AttentionCode.Softmax(vectors, false),
            new AttentionCode.Softmax(vectors, true)));
        panels[vectors - 1] = new PanelKernels(kernels[0], kernels[1], kernels[2]);
      }
      attention = new AttentionKernels(single[0], single[1], single[2], single[3], single[4], panels, cache(true), cache(false));
    }
    return attention;
  }

  private CacheKernels cache(boolean half) {
    List<Routine.Generator> generators = new ArrayList<>(List.of(new CacheCode.Unpack(half), new CacheCode.Scores(half)));
    for (int count = 1; count <= CacheCode.mostSums(tier); count++) {
      generators.add(new CacheCode.Sums(half, count));
    }
    Kernel[] kernels = Routine.assemble(tier, generators);
    return new CacheKernels(kernels[0], kernels[1], Arrays.copyOfRange(kernels, 2, kernels.length));
  }
}
