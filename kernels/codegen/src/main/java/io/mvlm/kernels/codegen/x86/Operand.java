package io.mvlm.kernels.codegen.x86;

/** What a vector instruction works on. */
public sealed interface Operand permits Gpr, Mask, Mem, Vec {}
