package io.mvlm.kernels.codegen.x86;

/**
 * A place in memory: base + index·scale + displacement, or a label of the code itself.
 *
 * @param index null for none; never {@link Gpr#RSP}
 * @param scale 1, 2, 4 or 8
 * @param broadcast whether one element is read and given to all lanes (EVEX only)
 * @param mask as the target of a store: the lanes that are written
 * @param label if not null, the place is the label's, and base and index are null
 */
public record Mem(Gpr base, Gpr index, int scale, int displacement, boolean broadcast, Mask mask, Label label) implements Operand {
  public static Mem at(Gpr base, int displacement) {
    return new Mem(base, null, 1, displacement, false, Mask.K0, null);
  }

  public static Mem at(Gpr base) {
    return at(base, 0);
  }

  public static Mem at(Gpr base, Gpr index, int scale, int displacement) {
    return new Mem(base, index, scale, displacement, false, Mask.K0, null);
  }

  /** Data that stands in the code, addressed relative to the instruction. */
  public static Mem at(Label label) {
    return new Mem(null, null, 1, 0, false, Mask.K0, label);
  }

  /** One element, for all lanes. */
  public Mem toAllLanes() {
    return new Mem(base, index, scale, displacement, true, mask, label);
  }

  /** As the target of a store. */
  public Mem masked(Mask k) {
    return new Mem(base, index, scale, displacement, broadcast, k, label);
  }
}
