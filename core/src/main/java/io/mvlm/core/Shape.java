package io.mvlm.core;

import java.util.Arrays;

/**
 * Dimensions of a tensor in C order, slowest first: a matrix of {@code out} rows with {@code in} columns is {@code [out, in]}.
 * (A GGUF file lists them the other way round.) Immutable.
 */
public final class Shape {
  private final long[] dimensions;
  private final long elements;

  private Shape(long[] dimensions) {
    this.dimensions = dimensions;
    long product = 1;
    for (long d : dimensions) {
      if (d < 0) {
        throw new IllegalArgumentException("negative dimension in " + Arrays.toString(dimensions));
      }
      product = Math.multiplyExact(product, d);
    }
    this.elements = product;
  }

  /**
   * @param dimensions slowest first, each at least 0
   * @throws ArithmeticException if the number of elements does not fit a long
   */
  public static Shape of(long... dimensions) {
    return new Shape(dimensions.clone());
  }

  public int rank() {
    return dimensions.length;
  }

  /** @param axis 0 (slowest) to rank − 1 */
  public long dimension(int axis) {
    return dimensions[axis];
  }

  /** The product of all dimensions; 1 for a scalar. */
  public long elements() {
    return elements;
  }

  /** The length of the fastest dimension; 1 for a scalar. */
  public long columns() {
    return dimensions.length == 0 ? 1 : dimensions[dimensions.length - 1];
  }

  /** The number of rows when all but the fastest dimension are flattened. */
  public long rows() {
    long rows = 1;
    for (int i = 0; i < dimensions.length - 1; i++) {
      rows *= dimensions[i];
    }
    return rows;
  }

  public long[] toArray() {
    return dimensions.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(dimensions, shape.dimensions);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dimensions);
  }

  /** For example {@code [4096, 1024]}. */
  @Override
  public String toString() {
    return Arrays.toString(dimensions);
  }
}
