package io.mvlm.kernels.codegen.x86;

/** Conditions of jumps: signed (less, greater) and unsigned (below, above) comparisons. */
public enum Condition {
  BELOW(2), ABOVE_OR_EQUAL(3), EQUAL(4), NOT_EQUAL(5), BELOW_OR_EQUAL(6), ABOVE(7), LESS(12), GREATER_OR_EQUAL(13), LESS_OR_EQUAL(14),
  GREATER(15);

  final int code;

  Condition(int code) {
    this.code = code;
  }
}
