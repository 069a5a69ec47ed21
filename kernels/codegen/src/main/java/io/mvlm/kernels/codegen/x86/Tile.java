package io.mvlm.kernels.codegen.x86;

/** The tile registers of AMX: up to 16 rows of up to 64 bytes each. */
public enum Tile {
  T0, T1, T2, T3, T4, T5, T6, T7
}
