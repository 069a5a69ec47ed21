package io.mvlm.kernels.opencl;

import io.mvlm.core.Nonlinearity;
import io.mvlm.core.TensorType;
import java.util.Arrays;
import java.util.stream.Collectors;

/** The kernels by name, built for one device and its {@link Tuning} when first used. For one thread at a time. */
final class KernelSet {
  private static final String TYPES = Arrays.stream(TensorType.values()).map(type -> "-DTYPE_" + type + "=" + type.id())
      .collect(Collectors.joining(" "));
  private static final String NONLINEARITIES = Arrays.stream(Nonlinearity.values()).map(f -> "-DF_" + f + "=" + f.ordinal())
      .collect(Collectors.joining(" "));

  private final Programs programs;
  private final Tuning tuning;

  KernelSet(Programs programs, Tuning tuning) {
    this.programs = programs;
    this.tuning = tuning;
  }

  /** Of linear.cl, for weights in that layout. */
  Kernel linear(String name, BlockLayout layout) {
    return programs.get("-DTYPE=" + layout.type().id() + " -DFLOATS=" + (layout.padsRows() ? 1 : 0)
        + " -DTOKENS=" + tuning.tokens() + " -DSIDE=" + tuning.tileSide() + " " + TYPES + " " + NONLINEARITIES,
        "blocks.cl", "nonlinearity.cl", "linear.cl").kernel(name);
  }

  /** Of pointwise.cl. */
  Kernel pointwise(String name) {
    return programs.get(NONLINEARITIES, "nonlinearity.cl", "pointwise.cl").kernel(name);
  }

  /** Of image.cl. */
  Kernel image(String name) {
    return programs.get("", "image.cl").kernel(name);
  }

  /** Of norm.cl. */
  Kernel norm(String name) {
    return programs.get("-DITEMS=" + tuning.reductionItems(), "norm.cl").kernel(name);
  }

  /**
   * Of attention.cl.
   *
   * @param halves whether keys and values are halves, not floats
   * @param queries that share a read of them
   */
  Kernel attention(String name, boolean halves, int queries) {
    return programs.get("-DITEMS=" + tuning.attentionItems() + " -DHALVES=" + (halves ? 1 : 0) + " -DQUERIES=" + queries, "attention.cl")
        .kernel(name);
  }

  /** Of roofline.cl. */
  Kernel roofline(String name) {
    return programs.get("", "roofline.cl").kernel(name);
  }
}
