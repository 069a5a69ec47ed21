package io.mvlm.core;

/** Parameters in the form that a backend computes with. Immutable, owned by the backend that prepared it, shared by all its executions. */
public interface Weight {
  /** The shape of the stacked whole, {@code [sum of rows, columns]} for matrices. */
  Shape shape();

  /** Rows of a matrix; of a convolution's kernel, its output channels. */
  default int rows() {
    return (int) shape().dimension(0);
  }

  /** Columns of a matrix; of a convolution's kernel, the values of an output channel. */
  default int columns() {
    return (int) (shape().elements() / Math.max(1, shape().dimension(0)));
  }

  /** Memory that this weight occupies, in bytes. */
  long byteSize();
}
