package io.mvlm.kernels.codegen.x86;

/** The mask registers of AVX-512. {@link #K0} as a write mask means none. */
public enum Mask implements Operand {
  K0, K1, K2, K3, K4, K5, K6, K7
}
