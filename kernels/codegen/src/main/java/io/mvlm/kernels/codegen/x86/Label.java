package io.mvlm.kernels.codegen.x86;

/** A place in the code, which may be used before it is known. Belongs to one {@link Assembler}. */
public final class Label {
  /** −1 until {@link Assembler#bind}. */
  int position = -1;
  /** Ends of 32-bit distances that wait for the position. */
  int[] uses = new int[2];
  int count;

  void use(int end) {
    if (count == uses.length) {
      uses = java.util.Arrays.copyOf(uses, 2 * count);
    }
    uses[count++] = end;
  }
}
