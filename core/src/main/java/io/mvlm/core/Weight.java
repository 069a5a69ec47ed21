package io.mvlm.core;

/** Parameters in the form that a backend computes with. Immutable, owned by the backend that prepared it, shared by all its executions. */
public interface Weight {
  /** The shape of the stacked whole, {@code [sum of rows, columns]} for matrices. */
  Shape shape();

  /** Memory that this weight occupies, in bytes. */
  long byteSize();
}
