package io.mvlm.kernels.codegen;

import io.mvlm.kernels.codegen.x86.Assembler;
import io.mvlm.kernels.codegen.x86.Condition;
import io.mvlm.kernels.codegen.x86.Gpr;
import io.mvlm.kernels.codegen.x86.Label;
import io.mvlm.kernels.codegen.x86.Mask;
import io.mvlm.kernels.codegen.x86.Mem;
import io.mvlm.kernels.codegen.x86.Op;
import io.mvlm.kernels.codegen.x86.Vec;
import java.util.Arrays;

/**
 * Code for a loop over rows of floats, strip by strip, a strip being what a vector holds. What is left at the end is a strip under a mask:
 * nothing behind the rows is read or written.
 */
final class StripLoop {
  /** What happens to a strip; written several times. */
  interface Body {
    void write(Strip strip);
  }

  private static final Mask CUT = Mask.K1;

  private final Routine r;
  private final Gpr at;
  private final Gpr left;
  private final Gpr spare;
  private final Vec mask;

  /**
   * @param at bytes from the beginnings of the rows to the strip, while a body runs
   * @param left values that are left, for the loop itself and after {@link #whole}
   * @param mask number of a register where masks are vectors, below 512 bits
   */
  StripLoop(Routine r, Gpr at, Gpr left, Gpr spare, int mask) {
    this.r = r;
    this.at = at;
    this.left = left;
    this.spare = spare;
    this.mask = r.vec(mask);
  }

  /** @param index of the strip among those that a round of the loop does */
  record Strip(StripLoop loop, int index, boolean cut) {
    /** Loads the strip of a row; what is behind the row becomes zero. */
    void load(Vec to, Gpr row) {
      Routine r = loop.r;
      if (!cut) {
        r.load(to, place(row));
      } else if (r.is512()) {
        r.load(to.zeroing(CUT), place(row));
      } else {
        r.a.emit(Op.VMASKMOVPS, to, loop.mask, place(row));
      }
    }

    void store(Gpr row, Vec from) {
      Routine r = loop.r;
      if (!cut) {
        r.store(place(row), from);
      } else if (r.is512()) {
        r.store(place(row).masked(CUT), from);
      } else {
        r.a.emit(Op.VMASKMOVPS, place(row), loop.mask, from);
      }
    }

    /** Lanes behind the row become zero. */
    void clear(Vec v) {
      Routine r = loop.r;
      if (cut && r.is512()) {
        r.a.emit(Op.VMOVAPS, v.zeroing(CUT), v);
      } else if (cut) {
        r.a.emit(Op.VANDPS, v, v, loop.mask);
      }
    }

    private Mem place(Gpr row) {
      return Mem.at(row, loop.at, 1, index * loop.r.tier.bits() / 8);
    }
  }

  /**
   * The whole loop.
   *
   * @param n values of a row, at least 1; kept
   * @param together strips of a round while there are so many: where they wait for each other, bodies may keep them apart by their index
   */
  void write(Gpr n, int together, Body body) {
    begin(n);
    if (together > 1) {
      whole(together, body);
    }
    whole(1, body);
    cut(body);
  }

  /** Begins a loop. */
  void begin(Gpr n) {
    r.a.xor(at, at);
    r.a.mov(left, n);
  }

  /** Rounds of so many strips without a mask. */
  void whole(int together, Body body) {
    Assembler a = r.a;
    int values = together * r.tier.lanes();
    Label rest = new Label();
    a.sub(left, values);
    a.jcc(Condition.LESS, rest);
    a.align(16);
    Label top = a.here();
    for (int i = 0; i < together; i++) {
      body.write(new Strip(this, i, false));
    }
    a.add(at, Float.BYTES * values);
    a.sub(left, values);
    a.jcc(Condition.GREATER_OR_EQUAL, top);
    a.bind(rest);
    a.add(left, values);
  }

  /** The strip under a mask, if one is left. */
  private void cut(Body body) {
    Assembler a = r.a;
    Label end = new Label();
    a.test(left, left);
    a.jcc(Condition.EQUAL, end);
    if (r.is512()) {
      a.mov(spare, -1);
      a.bzhi(spare, spare, left);
      a.kmovw(CUT, spare);
    } else {
      int lanes = r.tier.lanes();
      int[] words = new int[2 * lanes];
      Arrays.fill(words, 0, lanes, -1);
      a.lea(spare, r.constant(words));
      a.shl(left, 2);
      a.sub(spare, left);
      r.load(mask, Mem.at(spare, Float.BYTES * lanes));
    }
    body.write(new Strip(this, 0, true));
    a.bind(end);
  }
}
