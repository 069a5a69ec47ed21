package io.mvlm.kernels.codegen;

import io.mvlm.kernels.codegen.x86.Assembler;
import io.mvlm.kernels.codegen.x86.Condition;
import io.mvlm.kernels.codegen.x86.Gpr;
import io.mvlm.kernels.codegen.x86.Label;
import io.mvlm.kernels.codegen.x86.Mem;
import io.mvlm.kernels.codegen.x86.Op;
import io.mvlm.kernels.codegen.x86.Vec;
import java.util.stream.IntStream;

/**
 * The kernels that read the pages of an {@link io.mvlm.kernels.cpu.CpuKvCache}: rows of pairs, of dimensions (keys) or of positions
 * (values), one pair for each of the positions or dimensions across. For many queries they are taken apart into tiles of floats
 * ({@link Unpack}); for one, scores ({@link Scores}) and weighted sums ({@link Sums}) come straight from them.
 *
 * <p>Pairs of f16 stand in one word and are widened as they stand; a sum of products with pairs is taken in each half on its own, and the
 * halves are added last. Pairs of f32 stand in two planes.
 */
final class CacheCode {
  /** Pairs that a row is taken in, {@link io.mvlm.kernels.cpu.CpuKvCache#BLOCK} of them. */
  static final int ACROSS = 16;

  /** So far ahead keys and values of one query are asked for, which come from the memory. */
  private static final int PREFETCH_BYTES = 2048;

  private CacheCode() {}

  /** Most {@link Sums} of {@link #ACROSS} dimensions: their halves fill the registers, but for the values at hand. */
  static int mostSums(Tier tier) {
    return tier.bits() == 512 ? 4 : 3;
  }

  /** Vectors that hold the two halves of {@link #ACROSS} pairs. */
  private static int vectors(Tier tier) {
    return 2 * ACROSS / tier.lanes();
  }

  /** Puts the halves of pairs in order. */
  private static final class Halves {
    private final Routine r;
    private final Vec order;

    Halves(Routine r, int register) {
      this.r = r;
      this.order = r.vec(register);
      // Of two vectors of pairs, the shuffle gives in each 128 bits two words of the first, then two of the second.
      int middle = r.tier.lanes() / 2;
      r.load(order, r.constant(IntStream.range(0, r.tier.lanes()).map(i -> i % middle / 2 * 4 + i / middle * 2 + i % 2).toArray()));
    }

    /** pairs = the sums of the two halves of the pairs in two vectors. */
    void add(Vec pairs, Vec next, Vec spare) {
      r.a.emit(Op.VSHUFPS, spare, pairs, next, 0x88);
      r.a.emit(Op.VSHUFPS, pairs, pairs, next, 0xDD);
      r.a.emit(Op.VADDPS, pairs, pairs, spare);
      r.a.emit(Op.VPERMPS, pairs, order, pairs);
    }
  }

  /**
   * Rows of pairs become tiles (see {@link AttentionCode}) of floats, in which each row is two.
   *
   * <p>kernel(a: pairs; y: tiles; p0: bytes between the planes, if the cache has f32; p1: bytes from y to the first tile; p2: bytes between
   * tiles; p3: rows of pairs, one after the other; p4: tiles that they are wide)
   *
   * @param half whether the cache has f16
   */
  record Unpack(boolean half) implements Routine.Generator {
    @Override
    public void write(Routine r) {
      Assembler a = r.a;
      Gpr plane = Gpr.RCX;
      Gpr rows = Gpr.RSI;
      Gpr tiles = Gpr.R10;
      Gpr step = Gpr.R8;
      Gpr from = Gpr.RAX;
      Gpr to = Gpr.R11;
      Gpr left = Gpr.RBX;
      int bytes = r.tier.bits() / 8;
      int middle = r.tier.lanes() / 2;
      Vec order = r.vec(3);
      r.enter(Gpr.RBX);
      a.add(Gpr.RDX, Gpr.R8);
      r.argument(3, rows);
      r.argument(4, tiles);
      a.imul(step, tiles, AttentionCode.TILE_ROW);
      r.load(order, r.constant(IntStream.range(0, r.tier.lanes()).map(i -> i % middle * 2 + i / middle).toArray()));
      Label tile = a.here();
      a.mov(from, Gpr.RDI);
      a.mov(to, Gpr.RDX);
      a.mov(left, rows);
      a.align(32);
      Label top = a.here();
      if (half) {
        for (int part = 0; part < AttentionCode.TILE / middle; part++) {
          a.emit(Op.VCVTPH2PS, r.vec(part), Mem.at(from, part * bytes / 2));
          a.emit(Op.VPERMPS, r.vec(part), order, r.vec(part));
        }
        if (r.is512()) {
          r.store(Mem.at(to), r.vec(0));
        } else {
          a.emit(Op.VPERM2I128, r.vec(2), r.vec(0), r.vec(1), 0x20);
          r.store(Mem.at(to), r.vec(2));
          a.emit(Op.VPERM2I128, r.vec(2), r.vec(0), r.vec(1), 0x31);
          r.store(Mem.at(to, AttentionCode.TILE_ROW), r.vec(2));
        }
      } else {
        a.emit(Op.VMOVUPS, Vec.ymm(0), Mem.at(from));
        a.emit(Op.VMOVUPS, Mem.at(to), Vec.ymm(0));
        a.emit(Op.VMOVUPS, Vec.ymm(0), Mem.at(from, plane, 1, 0));
        a.emit(Op.VMOVUPS, Mem.at(to, AttentionCode.TILE_ROW), Vec.ymm(0));
      }
      a.add(from, step);
      a.add(to, 2 * AttentionCode.TILE_ROW);
      a.dec(left);
      a.jcc(Condition.NOT_EQUAL, top);
      a.add(Gpr.RDI, AttentionCode.TILE_ROW);
      a.add(Gpr.RDX, Gpr.R9);
      a.dec(tiles);
      a.jcc(Condition.NOT_EQUAL, tile);
      r.leave();
    }
  }

  /**
   * Scores of one query with blocks of keys that follow each other.
   *
   * <p>kernel(a: first block; x: pairs of the query's values; y: scores; p0: bytes from x to the query; p1: bytes from y to the first
   * score; p2: pairs; p3: blocks)
   *
   * @param half whether the cache has f16
   */
  record Scores(boolean half) implements Routine.Generator {
    @Override
    public void write(Routine r) {
      Assembler a = r.a;
      Gpr pairs = Gpr.R9;
      Gpr blocks = Gpr.RCX;
      Gpr plane = Gpr.R8;
      Gpr x = Gpr.R10;
      Gpr left = Gpr.RAX;
      int bytes = r.tier.bits() / 8;
      int vectors = vectors(r.tier);
      Vec query = r.vec(vectors);
      Vec key = r.vec(vectors + 1);
      r.enter();
      a.add(Gpr.RSI, Gpr.RCX);
      a.add(Gpr.RDX, Gpr.R8);
      r.argument(3, blocks);
      a.imul(plane, pairs, 4 * ACROSS);
      Halves halves = new Halves(r, 15);
      Label block = a.here();
      for (int i = 0; i < vectors; i++) {
        r.zero(r.vec(i));
      }
      a.mov(x, Gpr.RSI);
      a.mov(left, pairs);
      a.align(32);
      Label top = a.here();
      a.prefetcht0(Mem.at(Gpr.RDI, PREFETCH_BYTES));
      if (half) {
        a.emit(Op.VPBROADCASTQ, query, Mem.at(x));
        for (int i = 0; i < vectors; i++) {
          a.emit(Op.VCVTPH2PS, key, Mem.at(Gpr.RDI, i * bytes / 2));
          a.emit(Op.VFMADD231PS, r.vec(i), query, key);
        }
      } else {
        for (int d = 0; d < 2; d++) {
          a.emit(Op.VBROADCASTSS, query, Mem.at(x, 4 * d));
          for (int i = 0; i < vectors / 2; i++) {
            a.emit(Op.VFMADD231PS, r.vec(2 * i + d), query,
                d == 0 ? Mem.at(Gpr.RDI, i * bytes) : Mem.at(Gpr.RDI, plane, 1, i * bytes));
          }
        }
      }
      a.add(x, 8);
      a.add(Gpr.RDI, 4 * ACROSS);
      a.dec(left);
      a.jcc(Condition.NOT_EQUAL, top);
      for (int i = 0; i < vectors; i += 2) {
        if (half) {
          halves.add(r.vec(i), r.vec(i + 1), key);
        } else {
          a.emit(Op.VADDPS, r.vec(i), r.vec(i), r.vec(i + 1));
        }
        r.store(Mem.at(Gpr.RDX, i / 2 * bytes), r.vec(i));
      }
      if (!half) {
        a.add(Gpr.RDI, plane);
      }
      a.add(Gpr.RDX, 4 * ACROSS);
      a.dec(blocks);
      a.jcc(Condition.NOT_EQUAL, block);
      r.leave();
    }
  }

  /**
   * Adds to sums, {@link #ACROSS} dimensions times {@code count}, the values of blocks that follow each other, times their weights.
   *
   * <p>kernel(a: the first of these dimensions in the first block; x: weights; y: sums; p0: bytes from x to the first weight; p1: bytes
   * from y to the first sum; p2: bytes of a row of pairs; p3: blocks)
   *
   * @param half whether the cache has f16
   */
  record Sums(boolean half, int count) implements Routine.Generator {
    @Override
    public void write(Routine r) {
      Assembler a = r.a;
      Gpr step = Gpr.R9;
      Gpr blocks = Gpr.RCX;
      Gpr plane = Gpr.R8;
      Gpr left = Gpr.RAX;
      int bytes = r.tier.bits() / 8;
      int vectors = count * vectors(r.tier);
      Vec weight = r.vec(vectors);
      Vec value = r.vec(vectors + 1);
      r.enter();
      a.add(Gpr.RSI, Gpr.RCX);
      a.add(Gpr.RDX, Gpr.R8);
      r.argument(3, blocks);
      a.imul(plane, step, ACROSS / 2);
      Halves halves = new Halves(r, 15);
      for (int i = 0; i < vectors; i++) {
        r.zero(r.vec(i));
      }
      Label block = a.here();
      a.mov(left, ACROSS / 2);
      a.align(32);
      Label top = a.here();
      for (int i = 0; i < count; i++) {
        a.prefetcht0(Mem.at(Gpr.RDI, PREFETCH_BYTES + 4 * ACROSS * i));
      }
      if (half) {
        a.emit(Op.VPBROADCASTQ, weight, Mem.at(Gpr.RSI));
        for (int i = 0; i < vectors; i++) {
          a.emit(Op.VCVTPH2PS, value, Mem.at(Gpr.RDI, i * bytes / 2));
          a.emit(Op.VFMADD231PS, r.vec(i), weight, value);
        }
      } else {
        for (int p = 0; p < 2; p++) {
          a.emit(Op.VBROADCASTSS, weight, Mem.at(Gpr.RSI, 4 * p));
          for (int i = 0; i < vectors / 2; i++) {
            a.emit(Op.VFMADD231PS, r.vec(2 * i + p), weight,
                p == 0 ? Mem.at(Gpr.RDI, i * bytes) : Mem.at(Gpr.RDI, plane, 1, i * bytes));
          }
        }
      }
      a.add(Gpr.RSI, 8);
      a.add(Gpr.RDI, step);
      a.dec(left);
      a.jcc(Condition.NOT_EQUAL, top);
      if (!half) {
        a.add(Gpr.RDI, plane);
      }
      a.dec(blocks);
      a.jcc(Condition.NOT_EQUAL, block);
      for (int i = 0; i < vectors; i += 2) {
        if (half) {
          halves.add(r.vec(i), r.vec(i + 1), value);
        } else {
          a.emit(Op.VADDPS, r.vec(i), r.vec(i), r.vec(i + 1));
        }
        a.emit(Op.VADDPS, r.vec(i), r.vec(i), Mem.at(Gpr.RDX, i / 2 * bytes));
        r.store(Mem.at(Gpr.RDX, i / 2 * bytes), r.vec(i));
      }
      r.leave();
    }
  }

  /**
   * The softmax of one row: scores, binary logarithms, become weights that sum up to one.
   *
   * <p>kernel(y: scores, a multiple of {@link #ACROSS}, behind them a vector that the kernel has to itself; p1: bytes from y to the first;
   * p2: how many vectors)
   */
  record Softmax() implements Routine.Generator {
    @Override
    public void write(Routine r) {
      Assembler a = r.a;
      Gpr vectors = Gpr.R9;
      Gpr at = Gpr.RAX;
      Gpr left = Gpr.R10;
      int bytes = r.tier.bits() / 8;
      Vec largest = r.vec(0);
      Vec sum = r.vec(1);
      Vec x = r.vec(2);
      Vec spare = r.vec(3);
      Vec other = r.vec(4);
      r.enter();
      a.add(Gpr.RDX, Gpr.R8);
      Exponential exponential = new Exponential(r, 5);

      r.setAll(largest, Float.NEGATIVE_INFINITY);
      a.mov(at, Gpr.RDX);
      a.mov(left, vectors);
      Label top = a.here();
      a.emit(Op.VMAXPS, largest, largest, Mem.at(at));
      a.add(at, bytes);
      a.dec(left);
      a.jcc(Condition.NOT_EQUAL, top);
      acrossLanes(r, Op.VMAXPS, largest, at, spare);

      r.zero(sum);
      a.mov(at, Gpr.RDX);
      a.mov(left, vectors);
      a.align(32);
      top = a.here();
      r.load(x, Mem.at(at));
      a.emit(Op.VSUBPS, x, x, largest);
      exponential.replace(x, spare, other);
      a.emit(Op.VADDPS, sum, sum, x);
      r.store(Mem.at(at), x);
      a.add(at, bytes);
      a.dec(left);
      a.jcc(Condition.NOT_EQUAL, top);
      acrossLanes(r, Op.VADDPS, sum, at, spare);

      r.setAll(x, 1f);
      a.emit(Op.VDIVPS, sum, x, sum);
      top = a.here();
      a.emit(Op.VMULPS, x, sum, Mem.at(Gpr.RDX));
      r.store(Mem.at(Gpr.RDX), x);
      a.add(Gpr.RDX, bytes);
      a.dec(vectors);
      a.jcc(Condition.NOT_EQUAL, top);
      r.leave();
    }

    /** All lanes become the largest one or the sum of all, by way of the vector behind the scores. */
    private static void acrossLanes(Routine r, Op op, Vec v, Gpr behind, Vec spare) {
      r.store(Mem.at(behind), v);
      for (int lane = 0; lane < r.tier.lanes(); lane++) {
        if (lane == 0) {
          r.a.emit(Op.VBROADCASTSS, v, Mem.at(behind));
        } else {
          r.withAll(op, v, v, Mem.at(behind, 4 * lane), spare);
        }
      }
    }
  }
}
