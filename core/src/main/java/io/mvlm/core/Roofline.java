package io.mvlm.core;

/**
 * What a machine gives to a backend's own threads: the two lines of the roofline model (Williams et al. 2009). Measured, not looked up, so
 * it belongs to the minute in which it was taken.
 *
 * <p>Memory is read straight on, one stream a thread. Processors foresee reads within a page only, so a kernel that reads several streams
 * side by side may get more than that: a third more on Sapphire Rapids.
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
