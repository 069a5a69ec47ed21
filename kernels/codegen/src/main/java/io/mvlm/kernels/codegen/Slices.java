package io.mvlm.kernels.codegen;

/** Divides columns into slices that caches can hold. */
final class Slices {
  private Slices() {}

  /** Units of a slice of at most so many bytes, or of one unit, all slices being about as long. */
  static int even(int units, int unitBytes, int most) {
    int slices = (int) Math.min(units, ((long) units * unitBytes + most - 1) / most);
    return (units + slices - 1) / slices;
  }
}
