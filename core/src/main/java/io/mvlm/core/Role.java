package io.mvlm.core;

/** What a weight will be used for; decides how {@link Backend#prepare} stores it. */
public enum Role {
  /** Matrix {@code [out, in]} of {@link Execution#linear}; several may be stacked by rows. */
  LINEAR,
  /** Matrix {@code [vocabulary, d]} of {@link Execution#embedding}. */
  EMBEDDING,
  /** One matrix {@code [vocabulary, d]} that serves both as {@link #EMBEDDING} and as {@link #LINEAR}. */
  TIED,
  /** Kernel {@code [out, in, h, w]} of {@link Execution#patchEmbedding}, or {@code [channels, 1, 3, 3]} of {@link Execution#depthwise}. */
  CONVOLUTION,
  /** Biases, norm gains and other small tensors, kept as 32-bit floats; several may be stacked. */
  VECTOR
}
