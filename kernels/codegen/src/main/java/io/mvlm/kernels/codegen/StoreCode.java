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
 * Keys or values to a {@link CpuKvCache}: of one position, or of {@link #TOGETHER} ({@link Positions}). Other positions are stored at the
 * same time, those of the same pair into the other halves of the same words: of one position, what is written is never wider than a float
 * or half.
 */
final class StoreCode {
  private static final Gpr AT = Gpr.RSI;
  private static final Gpr PAGE = Gpr.RDI;
  private static final Gpr LEFT = Gpr.R10;
  private static final Gpr BITS = Gpr.RAX;
  private static final int NEAREST = 0;

  /** Positions that are stored at once, if the first of them is a multiple. */
  static final int TOGETHER = 8;
  /** Dimensions, of which {@link Positions} take a multiple. */
  static final int ACROSS = 16;

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
    private static final int DIMENSIONS = 4;

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
      a.sub(LEFT, DIMENSIONS);
      a.jcc(Condition.LESS, rest);
      Label four = a.here();
      a.emit(Op.VMOVUPS, x, Mem.at(AT));
      a.emit(Op.VCVTPS2PH, x, x, NEAREST);
      a.emit(Op.VMOVQ, BITS, x);
      for (int i = 0; i < DIMENSIONS; i += keys ? 2 : 1) {
        if (keys) {
          a.mov32(Mem.at(place, bytes(i)), BITS);
        } else {
          a.mov16(Mem.at(place, bytes(i)), BITS);
        }
        if (i < DIMENSIONS - (keys ? 2 : 1)) {
          a.shr(BITS, keys ? 32 : 16);
        }
      }
      a.add(AT, Float.BYTES * DIMENSIONS);
      a.add(place, bytes(DIMENSIONS));
      a.sub(LEFT, DIMENSIONS);
      a.jcc(Condition.GREATER_OR_EQUAL, four);
      a.bind(rest);
      for (int i = 0; i < DIMENSIONS - 1; i++) {
        a.cmp(LEFT, i - DIMENSIONS);
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
   * Half-precision numbers of {@link #TOGETHER} positions, rounded to nearest, of even ones to even.
   *
   * <p>kernel(a: the place of the first position in the first head; x; p0: bytes from x to the first float; p1: heads, each behind the
   * other in x; p2: bytes between heads in the cache; p3: bytes between positions in x; p4: how many times {@link #ACROSS} floats a head
   * has)
   *
   * @param keys words are pairs of dimensions, {@link CpuKvCache#BLOCK} positions side by side; else pairs of positions, all dimensions of
   *     a head side by side
   */
  record Positions(boolean keys) implements Routine.Generator {
    @Override
    public void write(Routine r) {
      Assembler a = r.a;
      Gpr heads = Gpr.R8;
      Gpr headStep = Gpr.R9;
      Gpr position = Gpr.RCX;
      Gpr place = Gpr.R11;
      Gpr pairs = Gpr.RBX; // from a pair of positions to the next one: a head's dimensions
      r.enter(pairs);
      a.add(AT, Gpr.RCX);
      r.argument(3, position);
      r.argument(4, pairs);
      a.imul(pairs, pairs, Float.BYTES * ACROSS);
      Label head = a.here();
      a.mov(place, PAGE);
      r.argument(4, LEFT);
      Label top = a.here();
      if (keys) {
        keys(r, position, place);
      } else {
        values(a, position, pairs, place);
      }
      a.add(AT, Float.BYTES * ACROSS);
      a.dec(LEFT);
      a.jcc(Condition.NOT_EQUAL, top);
      a.add(PAGE, headStep);
      a.dec(heads);
      a.jcc(Condition.NOT_EQUAL, head);
      r.leave();
    }

    /** Pairs of dimensions, a row for each position, become rows of positions. */
    private static void keys(Routine r, Gpr position, Gpr place) {
      Assembler a = r.a;
      Gpr from = Gpr.RDX;
      int half = Float.BYTES * ACROSS / 2;
      a.mov(from, AT);
      for (int i = 0; i < TOGETHER; i++) {
        if (r.is512()) {
          a.emit(Op.VMOVUPS, Vec.zmm(15), Mem.at(from));
          a.emit(Op.VCVTPS2PH, Vec.ymm(i), Vec.zmm(15), NEAREST);
        } else {
          a.emit(Op.VMOVUPS, Vec.ymm(15), Mem.at(from));
          a.emit(Op.VCVTPS2PH, Vec.xmm(i), Vec.ymm(15), NEAREST);
          a.emit(Op.VMOVUPS, Vec.ymm(15), Mem.at(from, half));
          a.emit(Op.VCVTPS2PH, Vec.xmm(15), Vec.ymm(15), NEAREST);
          a.emit(Op.VINSERTI128, Vec.ymm(i), Vec.ymm(i), Vec.xmm(15), 1);
        }
        a.add(from, position);
      }
      AttentionCode.Transpose.transpose(a, pair ->
          a.emit(Op.VMOVUPS, Mem.at(place, pair * CpuKvCache.BLOCK * Float.BYTES), AttentionCode.Transpose.COLUMN));
      a.add(place, ACROSS / 2 * CpuKvCache.BLOCK * Float.BYTES);
    }

    /** Words of two positions. */
    private static void values(Assembler a, Gpr position, Gpr pairs, Gpr place) {
      Gpr from = Gpr.RDX;
      Gpr to = Gpr.RAX;
      a.mov(from, AT);
      a.mov(to, place);
      for (int i = 0; i < TOGETHER; i += 2) {
        for (int at = 0; at < Float.BYTES * ACROSS; at += 32) {
          a.emit(Op.VMOVUPS, Vec.ymm(0), Mem.at(from, at));
          a.emit(Op.VMOVUPS, Vec.ymm(1), Mem.at(from, position, 1, at));
          a.emit(Op.VCVTPS2PH, Vec.xmm(0), Vec.ymm(0), NEAREST);
          a.emit(Op.VCVTPS2PH, Vec.xmm(1), Vec.ymm(1), NEAREST);
          a.emit(Op.VPUNPCKLWD, Vec.xmm(2), Vec.xmm(0), Vec.xmm(1));
          a.emit(Op.VPUNPCKHWD, Vec.xmm(3), Vec.xmm(0), Vec.xmm(1));
          a.emit(Op.VMOVUPS, Mem.at(to, at), Vec.xmm(2));
          a.emit(Op.VMOVUPS, Mem.at(to, at + 16), Vec.xmm(3));
        }
        if (i + 2 < TOGETHER) {
          a.lea(from, Mem.at(from, position, 2, 0));
          a.add(to, pairs);
        }
      }
      a.add(place, Float.BYTES * ACROSS);
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
