package io.mvlm.kernels.opencl;

import io.mvlm.core.Nonlinearity;
import io.mvlm.core.TensorType;
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

  /** Of linear.cl, for weights in that layout. */
  Kernel linear(String name, BlockLayout layout) {
    return linear.computeIfAbsent(layout.type(), type -> programs.get("-DTYPE=" + type.id() + " -DFLOATS=" + (layout.padsRows() ? 1 : 0)
        + " -DTOKENS=" + tuning.tokens() + " -DSIDE=" + tuning.tileSide() + " " + TYPES + " " + NONLINEARITIES,
        "blocks.cl", "nonlinearity.cl", "linear.cl")).kernel(name);
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
        + " -DHALVES=" + (form.halves() ? 1 : 0) + " -DQUERIES=" + form.queries(), "attention.cl")).kernel(name);
  }

  /** Of top.cl. */
  Kernel top() {
    return programs.get("-DITEMS=" + tuning.reductionItems(), "top.cl").kernel("top");
  }

  /** Of roofline.cl. */
  Kernel roofline(String name) {
    return programs.get("", "roofline.cl").kernel(name);
  }
}
