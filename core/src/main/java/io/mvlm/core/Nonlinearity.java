package io.mvlm.core;

/** Pointwise functions; a backend may fuse them into the operation before. */
public enum Nonlinearity {
  /** x */
  IDENTITY,
  /** x·Φ(x), with the exact normal distribution function: x/2·(1 + erf(x/√2)) (Hendrycks and Gimpel 2016). */
  GELU,
  /** The tanh form of GELU: x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))). */
  GELU_TANH,
  /** CLIP's QuickGELU: x·σ(1.702·x). */
  GELU_QUICK,
  /** x·σ(x) */
  SILU,
  /** max(x, 0) */
  RELU,
  /** x·min(max(x + 3, 0), 6)/6 (MobileNetV3). */
  HARD_SWISH,
  /** min(max(x + 3, 0), 6)/6 (MobileNetV3). */
  HARD_SIGMOID
}
