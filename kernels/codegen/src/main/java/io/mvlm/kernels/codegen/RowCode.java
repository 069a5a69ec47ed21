package io.mvlm.kernels.codegen;

import io.mvlm.kernels.codegen.x86.Assembler;
import io.mvlm.kernels.codegen.x86.Condition;
import io.mvlm.kernels.codegen.x86.Gpr;
import io.mvlm.kernels.codegen.x86.Label;
import io.mvlm.kernels.codegen.x86.Op;
import io.mvlm.kernels.codegen.x86.Vec;

/**
 * A kernel that does the same with rows of floats, row by row; up to four matrices have such rows.
 *
 * <p>kernel(a: how many rows, at least 1; x, y, z, w; p0: values of a row, at least 1; p1 to p4: bytes from x, y, z and w to the first row;
 * p5 and p6: the bits of floats; p7: bytes between rows of x, and of y in the upper half; p8: the same of z and w)
 */
interface RowCode extends Routine.Generator {
  /** The rows. */
  Gpr X = Gpr.RSI;
  Gpr Y = Gpr.RDX;
  Gpr Z = Gpr.R8;
  Gpr W = Gpr.R9;
  /** Values of a row. */
  Gpr N = Gpr.RCX;
  /** How many rows are left. */
  Gpr ROWS = Gpr.RDI;
  /** Of the loop over a row. */
  Gpr AT = Gpr.RAX;
  Gpr LEFT = Gpr.R10;
  Gpr SPARE = Gpr.R11;
  /** The vector register that the loop over a row takes where there are only 16. */
  int LOOP_MASK = 15;

  /** Loads what serves all rows. @return writes the code for a row, once */
  Runnable prepare(Routine r, StripLoop loop);

  @Override
  default void write(Routine r) {
    Assembler a = r.a;
    r.enter();
    a.add(X, Gpr.R8);
    a.add(Y, Gpr.R9);
    r.argumentZ(Z);
    r.argument(3, SPARE);
    a.add(Z, SPARE);
    r.argumentW(W);
    r.argument(4, SPARE);
    a.add(W, SPARE);
    Runnable row = prepare(r, new StripLoop(r, AT, LEFT, SPARE, LOOP_MASK));
    Label top = a.here();
    row.run();
    advance(r, 7, X, Y);
    advance(r, 8, Z, W);
    a.dec(ROWS);
    a.jcc(Condition.NOT_EQUAL, top);
    r.leave();
  }

  private static void advance(Routine r, int p, Gpr first, Gpr second) {
    Assembler a = r.a;
    r.argument(p, AT);
    a.mov(SPARE, AT);
    a.shr(SPARE, 32);
    a.add(second, SPARE);
    a.shl(AT, 32);
    a.shr(AT, 32);
    a.add(first, AT);
  }

  /** All lanes become the float whose bits are p5 or p6. */
  static void parameter(Routine r, int p, Vec to) {
    r.argument(p, SPARE);
    r.a.emit(Op.VMOVD, to.as(128), SPARE);
    r.a.emit(Op.VPBROADCASTD, to, to.as(128));
  }
}
