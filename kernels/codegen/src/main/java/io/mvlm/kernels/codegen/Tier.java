package io.mvlm.kernels.codegen;

/** The sets of instructions that kernels are written for, from the best down. */
public enum Tier {
  /** The next, and matrix products of tiles of bfloat16: Sapphire Rapids and later. */
  AMX(512),
  /** 512-bit vectors with VNNI: Ice Lake, Zen 4 and later. */
  AVX512_VNNI(512),
  /** 256-bit vectors with VNNI: Alder Lake, Zen 5 and later. */
  AVX_VNNI(256),
  /** 256-bit vectors: Haswell, Zen and later. */
  AVX2(256);

  private final int bits;

  Tier(int bits) {
    this.bits = bits;
  }

  /** Width of the vectors. */
  int bits() {
    return bits;
  }

  /** 32-bit lanes of a vector. */
  int lanes() {
    return bits / 32;
  }

  /** Whether there is {@code vpdpbusd}. */
  boolean hasDotProduct() {
    return this != AVX2;
  }

  /** Whether there is {@code tdpbf16ps}. */
  boolean hasTiles() {
    return this == AMX;
  }

  String description() {
    return name().replace('_', ' ').replace("AVX512", "AVX-512").replace("AVX V", "AVX-V");
  }
}
