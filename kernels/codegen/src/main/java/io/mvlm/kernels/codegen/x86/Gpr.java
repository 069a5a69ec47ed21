package io.mvlm.kernels.codegen.x86;

/** The general registers, in the order of their numbers. Instructions use all 64 bits unless their name says otherwise. */
public enum Gpr implements Operand {
  RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15
}
