package io.mvlm.core;

/**
 * What a machine gives at most to a backend's own threads: the two lines of the roofline model (Williams et al. 2009) under which every
 * kernel stays. Measured, not looked up, so it belongs to the minute in which it was taken.
 *
 * @param readGbPerSecond bytes read from main memory, 10⁹ a second
 * @param fmaGmacPerSecond multiply-adds of 32-bit floats in registers, 10⁹ a second; products of small integers may be faster
 */
public record Roofline(double readGbPerSecond, double fmaGmacPerSecond) {
  /** The higher line of each: of two measurements on a machine that others use too, it is nearer to the truth. */
  public Roofline max(Roofline other) {
    return new Roofline(Math.max(readGbPerSecond, other.readGbPerSecond), Math.max(fmaGmacPerSecond, other.fmaGmacPerSecond));
  }
}
