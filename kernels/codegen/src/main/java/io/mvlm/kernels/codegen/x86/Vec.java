package io.mvlm.kernels.codegen.x86;

/**
 * A vector register.
 *
 * @param number 0 to 31; from 16 on only EVEX encodings reach it
 * @param bits 128, 256 or 512
 * @param mask lanes that are written; {@link Mask#K0} for all
 * @param zeroing whether the other lanes become zero, instead of keeping what they hold
 */
public record Vec(int number, int bits, Mask mask, boolean zeroing) implements Operand {
  public static Vec xmm(int number) {
    return of(number, 128);
  }

  public static Vec ymm(int number) {
    return of(number, 256);
  }

  public static Vec zmm(int number) {
    return of(number, 512);
  }

  public static Vec of(int number, int bits) {
    return new Vec(number, bits, Mask.K0, false);
  }

  /** The lower bits of the same register, or the whole of it. */
  public Vec as(int width) {
    return new Vec(number, width, mask, zeroing);
  }

  /** As a destination: lanes outside the mask are kept. */
  public Vec merging(Mask k) {
    return new Vec(number, bits, k, false);
  }

  /** As a destination: lanes outside the mask become zero. */
  public Vec zeroing(Mask k) {
    return new Vec(number, bits, k, true);
  }
}
