package io.mvlm.kernels.codegen;

import io.mvlm.kernels.codegen.x86.Assembler;
import io.mvlm.kernels.codegen.x86.Condition;
import io.mvlm.kernels.codegen.x86.Gpr;
import io.mvlm.kernels.codegen.x86.Label;
import io.mvlm.kernels.codegen.x86.Mem;
import io.mvlm.kernels.codegen.x86.Op;
import io.mvlm.kernels.codegen.x86.Vec;
import io.mvlm.kernels.cpu.CpuKvCache;

/**
 * Keys or values of one position to a {@link CpuKvCache}. Other positions are stored at the same time, into the other halves of the same
 * words: what is written is never wider than a float or half.
 */
final class StoreCode {
  private static final Gpr AT = Gpr.RSI;
  private static final Gpr PAGE = Gpr.RDI;
  private static final Gpr LEFT = Gpr.R10;
  private static final Gpr BITS = Gpr.RAX;

  private StoreCode() {}

  /**
   * Half-precision numbers, rounded to nearest, of even ones to even.
   *
   * <p>kernel(a: the place of the first in the first head; x; p0: bytes from x to the first float; p1: heads, each behind the other in x; p2:
   * bytes between heads in the cache; p3: floats of a head, at least 1)
   *
   * @param keys two dimensions stand in a word, of the next two {@link CpuKvCache#BLOCK} words further; else each is half of a word
   */
  record Halves(boolean keys) implements Routine.Generator {
    private static final int TOGETHER = 4;
    private static final int NEAREST = 0;

    @Override
    public void write(Routine r) {
      Assembler a = r.a;
      Gpr heads = Gpr.R8;
      Gpr step = Gpr.R9;
      Gpr place = Gpr.R11;
      Gpr size = Gpr.RCX;
      Vec x = Vec.xmm(0);
      r.enter();
      a.add(AT, Gpr.RCX);
      r.argument(3, size);
      Label head = a.here();
      Label rest = new Label();
      Label end = new Label();
      a.mov(place, PAGE);
      a.mov(LEFT, size);
      a.sub(LEFT, TOGETHER);
      a.jcc(Condition.LESS, rest);
      Label four = a.here();
      a.emit(Op.VMOVUPS, x, Mem.at(AT));
      a.emit(Op.VCVTPS2PH, x, x, NEAREST);
      a.emit(Op.VMOVQ, BITS, x);
      for (int i = 0; i < TOGETHER; i += keys ? 2 : 1) {
        if (keys) {
          a.mov32(Mem.at(place, bytes(i)), BITS);
        } else {
          a.mov16(Mem.at(place, bytes(i)), BITS);
        }
        if (i < TOGETHER - (keys ? 2 : 1)) {
          a.shr(BITS, keys ? 32 : 16);
        }
      }
      a.add(AT, Float.BYTES * TOGETHER);
      a.add(place, bytes(TOGETHER));
      a.sub(LEFT, TOGETHER);
      a.jcc(Condition.GREATER_OR_EQUAL, four);
      a.bind(rest);
      for (int i = 0; i < TOGETHER - 1; i++) {
        a.cmp(LEFT, i - TOGETHER);
        a.jcc(Condition.EQUAL, end);
        a.emit(Op.VMOVSS, x, Mem.at(AT));
        a.emit(Op.VCVTPS2PH, x, x, NEAREST);
        a.emit(Op.VMOVD, BITS, x);
        a.mov16(Mem.at(place, bytes(i)), BITS);
        a.add(AT, Float.BYTES);
      }
      a.bind(end);
      a.add(PAGE, step);
      a.dec(heads);
      a.jcc(Condition.NOT_EQUAL, head);
      r.leave();
    }

    /** From the place of dimension 0 to that of dimension d. */
    private int bytes(int d) {
      return keys ? d / 2 * CpuKvCache.BLOCK * Float.BYTES + d % 2 * Short.BYTES : d * Float.BYTES;
    }
  }

  /**
   * Floats as they are.
   *
   * <p>kernel(a: the place of the first in the first head; x; p0: bytes from x to the first float; p1: heads, each behind the other in x; p2:
   * bytes between heads in the cache; p3: floats of a head, at least 1; p4: bytes from an even dimension's place to the next one's, which is
   * odd; p5: to the next even one's)
   */
  record Floats() implements Routine.Generator {
    @Override
    public void write(Routine r) {
      Assembler a = r.a;
      Gpr heads = Gpr.R8;
      Gpr odd = Gpr.RDX;
      Gpr step = Gpr.R9;
      Gpr place = Gpr.R11;
      Gpr even = Gpr.RCX;
      r.enter();
      a.add(AT, Gpr.RCX);
      r.argument(4, odd);
      r.argument(5, even);
      Label head = a.here();
      Label end = new Label();
      a.mov(place, PAGE);
      r.argument(3, LEFT);
      Label pair = a.here();
      a.mov32(BITS, Mem.at(AT));
      a.mov32(Mem.at(place), BITS);
      a.add(AT, Float.BYTES);
      a.dec(LEFT);
      a.jcc(Condition.EQUAL, end);
      a.mov32(BITS, Mem.at(AT));
      a.mov32(Mem.at(place, odd, 1, 0), BITS);
      a.add(AT, Float.BYTES);
      a.add(place, even);
      a.dec(LEFT);
      a.jcc(Condition.NOT_EQUAL, pair);
      a.bind(end);
      a.add(PAGE, step);
      a.dec(heads);
      a.jcc(Condition.NOT_EQUAL, head);
      r.leave();
    }
  }
}
