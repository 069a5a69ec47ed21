package io.mvlm.kernels.codegen;

import io.mvlm.kernels.codegen.x86.Assembler;
import io.mvlm.kernels.codegen.x86.Condition;
import io.mvlm.kernels.codegen.x86.Gpr;
import io.mvlm.kernels.codegen.x86.Label;
import io.mvlm.kernels.codegen.x86.Mem;
import io.mvlm.kernels.codegen.x86.Op;
import io.mvlm.kernels.codegen.x86.Vec;

/**
 * The kernels for matrices of floats. Few tokens are multiplied straight from the {@link FloatFormat} ({@link Direct}); for many, slices of
 * columns are first unpacked to 32-bit floats in panels of two vectors of rows ({@link Unpack}), which stay in the second-level cache while all
 * tiles of tokens pass ({@link Panel}).
 */
final class FloatCode {
  /** Vectors of rows in a panel. */
  static final int PANEL_VECTORS = 2;
  /** Tokens up to which {@link Direct} serves. */
  static final int FEW_TOKENS = 4;

  /** Nothing has been summed up before. */
  static final int FIRST_SLICE = 1;
  /** Results go to y. */
  static final int LAST_SLICE = 2;

  private static final int LINE = 64;
  private static final int PREFETCH_BYTES = 2048;

  private FloatCode() {}

  /** Most tokens of a tile: with two vectors of rows each they fill the registers, but for the rows and the activation at hand. */
  static int mostTokens(Tier tier) {
    return tier.bits() == 512 ? 12 : 6;
  }

  /** Rows of a panel. */
  static int panelRows(Tier tier) {
    return PANEL_VECTORS * tier.lanes();
  }

  /** to = the values of a vector of rows. */
  static void widen(Routine r, FloatFormat format, Vec to, Mem place) {
    switch (format) {
      case F32 -> r.load(to, place);
      case F16 -> r.a.emit(Op.VCVTPH2PS, to, place);
      case BF16 -> {
        r.a.emit(Op.VPMOVZXWD, to, place);
        r.a.emit(Op.VPSLLD, to, to, 16);
      }
    }
  }

  /**
   * y = w·x for up to {@link #FEW_TOKENS} tokens.
   *
   * <p>kernel(a: first group; x: a tile; y; p0: bytes from x to the tile; p1: bytes from y to the first result; p2: bytes between the results of
   * two tokens; p3: columns, a multiple of {@link FloatFormat#COLUMNS}; p4: groups)
   *
   * @param tokens of the tile
   */
  record Direct(FloatFormat format, int tokens) implements Routine.Generator {
    @Override
    public void write(Routine r) {
      Assembler a = r.a;
      int vectors = BlockFormat.ROWS / r.tier.lanes();
      int chains = 2 / vectors; // sums of even and odd columns apart hide the latency of additions where a group is one vector
      int sums = vectors * chains * tokens;
      Vec activation = r.vec(sums + vectors);
      Gpr firstX = Gpr.R10;
      Gpr left = Gpr.RAX;
      Gpr columns = Gpr.RCX;
      Gpr groups = Gpr.R8;
      Gpr target = Gpr.R11;
      r.enter();
      a.add(Gpr.RSI, Gpr.RCX);
      a.add(Gpr.RDX, Gpr.R8);
      a.mov(firstX, Gpr.RSI);
      r.argument(3, columns);
      r.argument(4, groups);
      Label group = a.here();
      a.mov(Gpr.RSI, firstX);
      a.mov(left, columns);
      for (int i = 0; i < sums; i++) {
        r.zero(r.vec(i));
      }
      a.align(16);
      Label top = a.here();
      int bytes = FloatFormat.COLUMNS * format.columnBytes();
      for (int line = 0; line < bytes; line += LINE) {
        a.prefetcht0(Mem.at(Gpr.RDI, PREFETCH_BYTES + line));
      }
      for (int k = 0; k < FloatFormat.COLUMNS; k++) {
        for (int v = 0; v < vectors; v++) {
          widen(r, format, r.vec(sums + v), Mem.at(Gpr.RDI, k * format.columnBytes() + v * r.tier.lanes() * format.size));
        }
        for (int t = 0; t < tokens; t++) {
          a.emit(Op.VBROADCASTSS, activation, Mem.at(Gpr.RSI, 4 * (k * tokens + t)));
          for (int v = 0; v < vectors; v++) {
            a.emit(Op.VFMADD231PS, r.vec((t * vectors + v) * chains + k % chains), activation, r.vec(sums + v));
          }
        }
      }
      a.add(Gpr.RDI, bytes);
      a.add(Gpr.RSI, 4 * FloatFormat.COLUMNS * tokens);
      a.sub(left, FloatFormat.COLUMNS);
      a.jcc(Condition.NOT_EQUAL, top);
      a.mov(target, Gpr.RDX);
      for (int t = 0; t < tokens; t++) {
        for (int v = 0; v < vectors; v++) {
          Vec sum = r.vec((t * vectors + v) * chains);
          if (chains == 2) {
            a.emit(Op.VADDPS, sum, sum, r.vec(sum.number() + 1));
          }
          r.store(Mem.at(target, v * r.tier.bits() / 8), sum);
        }
        a.add(target, Gpr.R9);
      }
      a.add(Gpr.RDX, BlockFormat.VECTOR);
      a.dec(groups);
      a.jcc(Condition.NOT_EQUAL, group);
      r.leave();
    }
  }

  /**
   * Columns of one group to its rows of a panel.
   *
   * <p>kernel(a: the group's first column; y: panel; p1: bytes from y to the target; p3: columns)
   */
  record Unpack(FloatFormat format) implements Routine.Generator {
    @Override
    public void write(Routine r) {
      Assembler a = r.a;
      int vectors = BlockFormat.ROWS / r.tier.lanes();
      Gpr left = Gpr.RCX;
      r.enter();
      a.add(Gpr.RDX, Gpr.R8);
      r.argument(3, left);
      Label top = a.here();
      for (int k = 0; k < FloatFormat.COLUMNS; k++) {
        for (int v = 0; v < vectors; v++) {
          Vec value = r.vec(k * vectors + v);
          widen(r, format, value, Mem.at(Gpr.RDI, k * format.columnBytes() + v * r.tier.lanes() * format.size));
          r.store(Mem.at(Gpr.RDX, 4 * (k * panelRows(r.tier) + v * r.tier.lanes())), value);
        }
      }
      a.add(Gpr.RDI, FloatFormat.COLUMNS * format.columnBytes());
      a.add(Gpr.RDX, FloatFormat.COLUMNS * 4 * panelRows(r.tier));
      a.sub(left, FloatFormat.COLUMNS);
      a.jcc(Condition.NOT_EQUAL, top);
      r.leave();
    }
  }

  /**
   * y = panels·x, a slice of columns at a time. Between slices sums are kept close together: rows of y are often a power of two apart, and would
   * push each other out of the caches.
   *
   * <p>kernel(a: first panel, the next behind it; x: tiles; y; p0: bytes from x to the slice in the first tile; p1: bytes from y to the first
   * result; p2: bytes between the results of two tokens; p3: columns of the slice, a multiple of {@link FloatFormat#COLUMNS}; p4: tiles; p5:
   * bytes between the slices of two tiles; p6: panels; p7: bytes from a to the sums, which the kernel has to itself; p8: {@link #FIRST_SLICE},
   * {@link #LAST_SLICE}, both or none)
   *
   * @param tokens of a tile
   */
  record Panel(int tokens) implements Routine.Generator {
    @Override
    public void write(Routine r) {
      Assembler a = r.a;
      Gpr panel = Gpr.RDI;
      Gpr tileX = Gpr.RSI;
      Gpr tileY = Gpr.RDX;
      Gpr yStride = Gpr.R9;
      Gpr weights = Gpr.RAX;
      Gpr x = Gpr.RCX;
      Gpr columns = Gpr.R8;
      Gpr left = Gpr.R10; // of the columns, then scratch
      Gpr target = Gpr.R11;
      Gpr tilesLeft = Gpr.RBX;
      Gpr flags = Gpr.RBP;
      Gpr tileStride = Gpr.R12;
      Gpr sums = Gpr.R13;
      Gpr panelsLeft = Gpr.R14;
      Gpr panelY = Gpr.R15;
      r.enter(Gpr.RBX, Gpr.RBP, Gpr.R12, Gpr.R13, Gpr.R14, Gpr.R15);
      a.add(tileX, Gpr.RCX);
      a.add(tileY, Gpr.R8);
      r.argument(3, columns);
      r.argument(4, tilesLeft);
      r.argument(5, tileStride);
      r.argument(7, sums);
      r.argument(8, flags);
      a.add(sums, panel);
      int registers = PANEL_VECTORS * tokens;
      int vectorBytes = r.tier.bits() / 8;
      Vec activation = r.vec(registers + PANEL_VECTORS);

      Label nextTile = a.here();
      a.mov(weights, panel);
      r.argument(6, panelsLeft);
      a.mov(panelY, tileY);
      Label nextPanel = a.here();
      a.mov(x, tileX);
      for (int i = 0; i < registers; i++) {
        r.zero(r.vec(i));
      }
      Label begin = new Label();
      a.mov(left, FIRST_SLICE);
      a.test(left, flags);
      a.jcc(Condition.NOT_EQUAL, begin);
      for (int i = 0; i < registers; i++) {
        r.load(r.vec(i), Mem.at(sums, i * vectorBytes));
      }
      a.bind(begin);
      a.mov(left, columns);
      a.align(32);
      Label top = a.here();
      for (int k = 0; k < FloatFormat.COLUMNS; k++) {
        for (int v = 0; v < PANEL_VECTORS; v++) {
          r.load(r.vec(registers + v), Mem.at(weights, (k * PANEL_VECTORS + v) * vectorBytes));
        }
        for (int t = 0; t < tokens; t++) {
          a.emit(Op.VBROADCASTSS, activation, Mem.at(x, 4 * (k * tokens + t)));
          for (int v = 0; v < PANEL_VECTORS; v++) {
            a.emit(Op.VFMADD231PS, r.vec(PANEL_VECTORS * t + v), activation, r.vec(registers + v));
          }
        }
      }
      a.add(weights, FloatFormat.COLUMNS * PANEL_VECTORS * vectorBytes);
      a.add(x, FloatFormat.COLUMNS * 4 * tokens);
      a.sub(left, FloatFormat.COLUMNS);
      a.jcc(Condition.NOT_EQUAL, top);

      Label last = new Label();
      Label stored = new Label();
      a.mov(left, LAST_SLICE);
      a.test(left, flags);
      a.jcc(Condition.NOT_EQUAL, last);
      for (int i = 0; i < registers; i++) {
        r.store(Mem.at(sums, i * vectorBytes), r.vec(i));
      }
      a.jmp(stored);
      a.bind(last);
      a.mov(target, panelY);
      for (int t = 0; t < tokens; t++) {
        for (int v = 0; v < PANEL_VECTORS; v++) {
          r.store(Mem.at(target, v * vectorBytes), r.vec(PANEL_VECTORS * t + v));
        }
        a.add(target, yStride);
      }
      a.bind(stored);
      a.add(sums, registers * vectorBytes);
      a.add(panelY, PANEL_VECTORS * vectorBytes);
      a.dec(panelsLeft);
      a.jcc(Condition.NOT_EQUAL, nextPanel);
      a.imul(left, yStride, tokens);
      a.add(tileY, left);
      a.add(tileX, tileStride);
      a.dec(tilesLeft);
      a.jcc(Condition.NOT_EQUAL, nextTile);
      r.leave();
    }
  }

  /**
   * One row of floats to one token of a tile: columns are so many floats apart as the tile has tokens.
   *
   * <p>kernel(x; y; p0: bytes from x to the row; p1: bytes from y to the tile's first column of that token; p2: bytes between two columns; p3:
   * columns)
   */
  record Scatter() implements Routine.Generator {
    private static final int UNROLL = 4;

    @Override
    public void write(Routine r) {
      Assembler a = r.a;
      r.enter();
      a.add(Gpr.RSI, Gpr.RCX);
      a.add(Gpr.RDX, Gpr.R8);
      r.argument(3, Gpr.RCX);
      Label rest = new Label();
      Label end = new Label();
      a.sub(Gpr.RCX, UNROLL);
      a.jcc(Condition.LESS, rest);
      Label four = a.here();
      for (int k = 0; k < UNROLL; k++) {
        a.mov32(Gpr.RAX, Mem.at(Gpr.RSI, 4 * k));
        a.mov32(Mem.at(Gpr.RDX), Gpr.RAX);
        a.add(Gpr.RDX, Gpr.R9);
      }
      a.add(Gpr.RSI, 4 * UNROLL);
      a.sub(Gpr.RCX, UNROLL);
      a.jcc(Condition.GREATER_OR_EQUAL, four);
      a.bind(rest);
      a.add(Gpr.RCX, UNROLL);
      a.jcc(Condition.EQUAL, end);
      Label one = a.here();
      a.mov32(Gpr.RAX, Mem.at(Gpr.RSI));
      a.mov32(Mem.at(Gpr.RDX), Gpr.RAX);
      a.add(Gpr.RSI, 4);
      a.add(Gpr.RDX, Gpr.R9);
      a.dec(Gpr.RCX);
      a.jcc(Condition.NOT_EQUAL, one);
      a.bind(end);
      r.leave();
    }
  }
}
