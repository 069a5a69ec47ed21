package io.mvlm.kernels.opencl;

import io.mvlm.core.Nonlinearity;
import io.mvlm.core.TensorType;
import io.mvlm.kernels.opencl.Features.Feature;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** The kernels by name, built for one device and its {@link Tuning} when first used. For one thread at a time. */
final class KernelSet {
  private static final String TYPES = Arrays.stream(TensorType.values()).map(type -> "-DTYPE_" + type + "=" + type.id())
      .collect(Collectors.joining(" "));
  private static final String NONLINEARITIES = Arrays.stream(Nonlinearity.values()).map(f -> "-DF_" + f + "=" + f.ordinal())
      .collect(Collectors.joining(" "));

  /** Queries that share a read of keys and values, where there are several. */
  static final int QUERIES = 4;

  private final Programs programs;
  private final Tuning tuning;
  private final Map<TensorType, Program> linear = new EnumMap<>(TensorType.class);
  private final Map<AttentionForm, Program> attention = new HashMap<>();
  private Program pointwise;
  private Program image;
  private Program norm;

  private record AttentionForm(boolean halves, int queries) {}

  KernelSet(Programs programs, Tuning tuning) {
    this.programs = programs;
    this.tuning = tuning;
  }

  private boolean has(Feature feature) {
    return programs.features().has(feature);
  }

  private static String flag(String name, boolean value) {
    return " -D" + name + "=" + (value ? 1 : 0);
  }

  /** Of linear.cl, for weights in that layout. */
  Kernel linear(String name, BlockLayout layout) {
    return linear.computeIfAbsent(layout.type(), type -> programs.get("-DTYPE=" + type.id() + flag("FLOATS", layout.padsRows())
        + flag("INTEGERS", inIntegers(layout)) + flag("SUBGROUPS", has(Feature.SUBGROUPS)) + flag("FP16", has(Feature.FP16))
        + flag("TILED", tuning.tiled()) + " -DSIDE=" + tuning.tileSide() + " -DTOKENS=" + tuning.tokens() + " " + TYPES + " "
        + NONLINEARITIES,
        "blocks.cl", "nonlinearity.cl", "linear.cl")).kernel(name);
  }

  /** Whether products of few tokens with such weights take what the kernel quantise of linear.cl makes of the tokens. */
  boolean inIntegers(BlockLayout layout) {
    return has(Feature.DOT) && layout.integers();
  }

  /** The kernel of linear.cl for products of few tokens, with {@code lanes} items for each row. */
  String gemv(int lanes) {
    return lanes == 1 ? "gemv" : has(Feature.SUBGROUPS) ? "gemv_subgroups" : "gemv_shared";
  }

  /** Of pointwise.cl. */
  Kernel pointwise(String name) {
    if (pointwise == null) {
      pointwise = programs.get(NONLINEARITIES, "nonlinearity.cl", "pointwise.cl");
    }
    return pointwise.kernel(name);
  }

  /** Of image.cl. */
  Kernel image(String name) {
    if (image == null) {
      image = programs.get("", "image.cl");
    }
    return image.kernel(name);
  }

  /** Of norm.cl. */
  Kernel norm(String name) {
    if (norm == null) {
      norm = programs.get("-DITEMS=" + tuning.reductionItems(), "norm.cl");
    }
    return norm.kernel(name);
  }

  /**
   * Of attention.cl.
   *
   * @param halves whether keys and values are halves, not floats
   * @param queries that share a read of them
   */
  Kernel attention(String name, boolean halves, int queries) {
    return attention.computeIfAbsent(new AttentionForm(halves, queries), form -> programs.get("-DITEMS=" + tuning.attentionItems()
        + flag("HALVES", form.halves()) + flag("FP16", has(Feature.FP16)) + " -DQUERIES=" + form.queries(), "attention.cl")).kernel(name);
  }

  /** Of top.cl. */
  Kernel top() {
    return programs.get("-DITEMS=" + tuning.reductionItems(), "top.cl").kernel("top");
  }

  /** Builds all that does not depend on weights. */
  void build() {
    pointwise("add");
    image("unfold");
    norm("rms_norm");
    top();
    for (boolean halves : new boolean[] {true, false}) {
      attention("attend", halves, 1);
      attention("attend", halves, QUERIES);
    }
  }

  /** Of roofline.cl. */
  Kernel roofline(String name) {
    return programs.get("", "roofline.cl").kernel(name);
  }
}
