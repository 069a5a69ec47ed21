package io.mvlm.kernels.codegen;

import io.mvlm.kernels.codegen.x86.Assembler;
import io.mvlm.kernels.codegen.x86.Condition;
import io.mvlm.kernels.codegen.x86.Gpr;
import io.mvlm.kernels.codegen.x86.Label;
import io.mvlm.kernels.codegen.x86.Mem;
import io.mvlm.kernels.codegen.x86.Op;
import io.mvlm.kernels.codegen.x86.Vec;

/** What memory and multipliers give at most: nothing but loads, nothing but multiply-adds. */
final class Ceilings {
  /** Vectors of running sums: more than the units times their latency, and with the factor no more than 16. */
  static final int PEAK_VECTORS = 14;
  /** Vectors that are read side by side. */
  private static final int READ_VECTORS = 4;

  private Ceilings() {}

  /**
   * 64-bit sums of all words, as many as a vector holds.
   *
   * <p>kernel(x: memory; y: the sums; p0: bytes, a multiple of 256, at least once that; p1: bytes from x to the first)
   */
  record Sum() implements Routine.Generator {
    @Override
    public void write(Routine r) {
      Assembler a = r.a;
      int bytes = r.tier.bits() / 8;
      r.enter();
      a.add(Gpr.RSI, Gpr.R8);
      for (int i = 0; i < READ_VECTORS; i++) {
        r.zero(r.vec(i));
      }
      a.align(16);
      Label top = a.here();
      for (int i = 0; i < READ_VECTORS; i++) {
        a.emit(Op.VPADDQ, r.vec(i), r.vec(i), Mem.at(Gpr.RSI, i * bytes));
      }
      a.add(Gpr.RSI, READ_VECTORS * bytes);
      a.sub(Gpr.RCX, READ_VECTORS * bytes);
      a.jcc(Condition.NOT_EQUAL, top);
      for (int i = 1; i < READ_VECTORS; i++) {
        a.emit(Op.VPADDQ, r.vec(0), r.vec(0), r.vec(i));
      }
      r.store(Mem.at(Gpr.RDX), r.vec(0));
      r.leave();
    }
  }

  /**
   * Rounds of a = a/2 + 1/2 from 0 on, for {@link #PEAK_VECTORS} vectors of sums.
   *
   * <p>kernel(y: the sums; p0: rounds, at least one)
   */
  record Peak() implements Routine.Generator {
    @Override
    public void write(Routine r) {
      Assembler a = r.a;
      r.enter();
      Vec half = r.vec(PEAK_VECTORS);
      r.setAll(half, 0.5f);
      for (int i = 0; i < PEAK_VECTORS; i++) {
        r.zero(r.vec(i));
      }
      a.align(16);
      Label top = a.here();
      for (int i = 0; i < PEAK_VECTORS; i++) {
        a.emit(Op.VFMADD213PS, r.vec(i), half, half);
      }
      a.dec(Gpr.RCX);
      a.jcc(Condition.NOT_EQUAL, top);
      for (int i = 0; i < PEAK_VECTORS; i++) {
        r.store(Mem.at(Gpr.RDX, i * r.tier.bits() / 8), r.vec(i));
      }
      r.leave();
    }
  }
}
