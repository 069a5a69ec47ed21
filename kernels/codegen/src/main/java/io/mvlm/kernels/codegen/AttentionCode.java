package io.mvlm.kernels.codegen;

import io.mvlm.kernels.codegen.x86.Assembler;
import io.mvlm.kernels.codegen.x86.Condition;
import io.mvlm.kernels.codegen.x86.Gpr;
import io.mvlm.kernels.codegen.x86.Label;
import io.mvlm.kernels.codegen.x86.Mem;
import io.mvlm.kernels.codegen.x86.Op;
import io.mvlm.kernels.codegen.x86.Vec;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * The kernels for attention of many query rows. Queries stand across the lanes of vectors, up to {@link #MOST_VECTORS} of them in a panel:
 * scores {@code [position][query]} and results {@code [dimension][query]} are products of a panel with broadcast keys or values, and the
 * softmax is taken in each lane on its own, with no sum across lanes.
 *
 * <p>Keys and values stand in tiles in the order in which products take them: keys of {@link #TILE} positions {@code [dimension][TILE]},
 * values of {@link #TILE} dimensions {@code [position][TILE]}.
 */
final class AttentionCode {
  /** Most vectors of queries in a panel: each broadcast key or value serves that many multiply-adds. */
  static final int MOST_VECTORS = 3;
  /** Positions of a tile of keys, dimensions of one of values. */
  static final int TILE = 8;
  /** Bytes of a row of a tile. */
  static final int TILE_ROW = Float.BYTES * TILE;
  /** Rows of a panel's state in front of its results: largest scores, sums of weights, their inverses, factors of earlier results. */
  static final int STATE = 4;

  private AttentionCode() {}

  /**
   * y = tiles·panel: row i of y {@code [tiles·TILE][queries]} is the sum over k of tile[k][i] times row k of the panel.
   *
   * <p>kernel(a: panel, a row of queries for each k; x: tiles; y; p0: bytes from x to the first tile; p1: bytes from y to its first row;
   * p2: bytes between tiles; p3: how many k, at least 1; p4: tiles; p5: 0, or bytes from a to a row of factors: the sums are added to what
   * y holds, times the factors)
   *
   * @param vectors of the panel
   */
  record Product(int vectors) implements Routine.Generator {
    @Override
    public void write(Routine r) {
      Assembler a = r.a;
      Gpr tiles = Gpr.RCX;
      Gpr count = Gpr.R8;
      Gpr step = Gpr.R9;
      Gpr panel = Gpr.RAX;
      Gpr x = Gpr.R10;
      Gpr left = Gpr.R11;
      Gpr factors = Gpr.RBX;
      int vectorBytes = r.tier.bits() / 8;
      int rows = r.is512() ? TILE : TILE / 2; // sums of a part of the tile fill the registers, but for the panel and the value at hand
      int sums = vectors * rows;
      Vec value = r.vec(sums + vectors);
      r.enter(Gpr.RBX);
      a.add(Gpr.RSI, Gpr.RCX);
      a.add(Gpr.RDX, Gpr.R8);
      r.argument(3, count);
      r.argument(4, tiles);
      r.argument(5, factors);
      Label tile = a.here();
      for (int part = 0; part < TILE; part += rows) {
        Label begin = new Label();
        for (int i = 0; i < sums; i++) {
          r.zero(r.vec(i));
        }
        a.test(factors, factors);
        a.jcc(Condition.EQUAL, begin);
        for (int v = 0; v < vectors; v++) {
          r.load(value, Mem.at(Gpr.RDI, factors, 1, v * vectorBytes));
          for (int i = v; i < sums; i += vectors) {
            a.emit(Op.VMULPS, r.vec(i), value, Mem.at(Gpr.RDX, (part * vectors + i) * vectorBytes));
          }
        }
        a.bind(begin);
        a.mov(panel, Gpr.RDI);
        a.mov(x, Gpr.RSI);
        a.mov(left, count);
        a.align(32);
        Label top = a.here();
        for (int v = 0; v < vectors; v++) {
          r.load(r.vec(sums + v), Mem.at(panel, v * vectorBytes));
        }
        for (int i = 0; i < rows; i++) {
          a.emit(Op.VBROADCASTSS, value, Mem.at(x, Float.BYTES * (part + i)));
          for (int v = 0; v < vectors; v++) {
            a.emit(Op.VFMADD231PS, r.vec(vectors * i + v), value, r.vec(sums + v));
          }
        }
        a.add(panel, vectors * vectorBytes);
        a.add(x, TILE_ROW);
        a.dec(left);
        a.jcc(Condition.NOT_EQUAL, top);
        for (int i = 0; i < sums; i++) {
          r.store(Mem.at(Gpr.RDX, (part * vectors + i) * vectorBytes), r.vec(i));
        }
      }
      a.add(Gpr.RDX, TILE * vectors * vectorBytes);
      a.add(Gpr.RSI, step);
      a.dec(tiles);
      a.jcc(Condition.NOT_EQUAL, tile);
      r.leave();
    }
  }

  /**
   * A step of the running softmax of a panel: scores, binary logarithms of weights, become weights relative to the largest score so far.
   * All of it is native memory.
   *
   * <p>kernel(a: scores {@code [positions][queries]}; p0: bytes from a to the state, {@link #STATE} rows of queries: largest scores, sums
   * of weights, their inverses, and factors that make results of earlier steps relative to the largest score; p1: positions, at least 1;
   * p2: 1 for the first step, when the state is not set, and has no factors afterwards, else 0; p3: if causal, positions that the first
   * query sees, any number; each next one sees one more)
   *
   * @param vectors of the panel
   * @param causal whether positions that a query does not see get no weight; a query must see one in the first step
   */
  record Softmax(int vectors, boolean causal) implements Routine.Generator {
    @Override
    public void write(Routine r) {
      Assembler a = r.a;
      Gpr scores = Gpr.RDI;
      Gpr state = Gpr.RCX;
      Gpr positions = Gpr.R8;
      Gpr at = Gpr.RAX;
      Gpr left = Gpr.R10;
      Gpr first = Gpr.R9;
      Gpr seen = Gpr.RSI;
      int bytes = r.tier.bits() / 8;
      int row = vectors * bytes;
      Vec[] largest = registers(r, 0);
      Vec[] sums = registers(r, 1);
      Vec[] unseen = registers(r, 2); // from the position at hand on, how many more the query sees, less one
      Vec x = r.vec(3 * vectors);
      Vec spare = r.vec(3 * vectors + 1);
      Vec other = r.vec(3 * vectors + 2);
      r.enter();
      a.add(state, scores);
      r.argument(3, seen);
      Exponential exponential = new Exponential(r, 3 * vectors + 3);

      Label started = new Label();
      for (Vec v : largest) {
        r.setAll(v, Float.NEGATIVE_INFINITY);
      }
      a.test(first, first);
      a.jcc(Condition.NOT_EQUAL, started);
      for (int v = 0; v < vectors; v++) {
        r.load(largest[v], Mem.at(state, v * bytes));
      }
      a.bind(started);
      Runnable begin = () -> {
        a.mov(at, scores);
        a.mov(left, positions);
        if (causal) {
          a.emit(Op.VMOVD, x.as(128), seen);
          a.emit(Op.VPBROADCASTD, x, x.as(128));
          for (int v = 0; v < vectors; v++) {
            int from = v * r.tier.lanes() - 1;
            a.emit(Op.VPADDD, unseen[v], x, r.constant(IntStream.range(from, from + r.tier.lanes()).toArray()));
          }
        }
      };
      Runnable next = () -> {
        if (causal) {
          r.setAll(x, -1);
          for (Vec v : unseen) {
            a.emit(Op.VPADDD, v, v, x);
          }
        }
        a.add(at, row);
        a.dec(left);
      };

      begin.run();
      Label top = a.here();
      for (int v = 0; v < vectors; v++) {
        r.load(x, Mem.at(at, v * bytes));
        if (causal) {
          // All bits set make no number, and then the second operand is the larger one.
          a.emit(Op.VPSRAD, spare, unseen[v], 31);
          a.emit(Op.VPOR, x, x, spare);
        }
        a.emit(Op.VMAXPS, largest[v], x, largest[v]);
      }
      next.run();
      a.jcc(Condition.NOT_EQUAL, top);

      for (Vec v : sums) {
        r.zero(v);
      }
      begin.run();
      a.align(32);
      top = a.here();
      for (int v = 0; v < vectors; v++) {
        r.load(x, Mem.at(at, v * bytes));
        a.emit(Op.VSUBPS, x, x, largest[v]);
        exponential.replace(x, spare, other);
        if (causal) {
          a.emit(Op.VPSRAD, spare, unseen[v], 31);
          a.emit(Op.VPANDN, x, spare, x);
        }
        a.emit(Op.VADDPS, sums[v], sums[v], x);
        r.store(Mem.at(at, v * bytes), x);
      }
      next.run();
      a.jcc(Condition.NOT_EQUAL, top);

      Label done = new Label();
      a.test(first, first);
      a.jcc(Condition.NOT_EQUAL, done);
      Vec[] kept = unseen;
      for (int v = 0; v < vectors; v++) {
        r.load(x, Mem.at(state, v * bytes));
        a.emit(Op.VSUBPS, kept[v], x, largest[v]);
        exponential.replace(kept[v], spare, other);
        r.load(x, Mem.at(state, row + v * bytes));
        a.emit(Op.VFMADD231PS, sums[v], kept[v], x);
        r.store(Mem.at(state, 3 * row + v * bytes), kept[v]);
      }
      a.bind(done);
      r.setAll(spare, 1f);
      for (int v = 0; v < vectors; v++) {
        r.store(Mem.at(state, v * bytes), largest[v]);
        r.store(Mem.at(state, row + v * bytes), sums[v]);
        a.emit(Op.VDIVPS, x, spare, sums[v]);
        r.store(Mem.at(state, 2 * row + v * bytes), x);
      }
      r.leave();
    }

    private Vec[] registers(Routine r, int nth) {
      return IntStream.range(nth * vectors, (nth + 1) * vectors).mapToObj(r::vec).toArray(Vec[]::new);
    }
  }

  /**
   * A sum of zeros, one for each value, that is no number if one of them is infinite or none.
   *
   * <p>kernel(a: values; y: a vector; p1: bytes from y to it; p2: vectors of values, at least 1)
   */
  record Finite() implements Routine.Generator {
    @Override
    public void write(Routine r) {
      Assembler a = r.a;
      Gpr left = Gpr.R9;
      Vec sum = r.vec(0);
      Vec zero = r.vec(1);
      r.enter();
      a.add(Gpr.RDX, Gpr.R8);
      r.zero(sum);
      r.zero(zero);
      a.align(16);
      Label top = a.here();
      a.emit(Op.VFMADD231PS, sum, zero, Mem.at(Gpr.RDI));
      a.add(Gpr.RDI, r.tier.bits() / 8);
      a.dec(left);
      a.jcc(Condition.NOT_EQUAL, top);
      r.store(Mem.at(Gpr.RDX), sum);
      r.leave();
    }
  }

  /**
   * Rows of values that lie apart become tiles; behind the last value of a row, nothing is written.
   *
   * <p>kernel(x; y: tiles; p0: bytes from x to its first row; p1: bytes from y to the first tile; p2: bytes between rows of x; p3: bytes
   * between tiles; p4: rows, at least 1; p5: bytes of a row, a multiple of 4)
   */
  record Tiles() implements Routine.Generator {
    /** So many rows ahead, a factor of addresses, they are asked for: they may be pages apart, which the processor does not foresee. */
    private static final int AHEAD = 4;

    @Override
    public void write(Routine r) {
      new RowCopy(r, Vec.ymm(0)) {
        @Override
        void beginRow() {}

        @Override
        void fetch() {
          a.prefetcht0(Mem.at(FROM, FROM_STEP, AHEAD, 0));
        }

        @Override
        void moveOn() {
          a.add(TO, TO_STEP);
        }

        @Override
        void nextRow() {
          a.add(Y, TILE_ROW);
        }
      }.write();
    }
  }

  /**
   * y[r] = x[r]: rows that lie side by side, apart.
   *
   * <p>kernel(x; y; p0: bytes from x to its first row; p1: bytes from y to its first row; p2: bytes between rows of x; p3: bytes between
   * rows of y; p4: rows, at least 1; p5: bytes of a row, a multiple of 4)
   */
  record Rows() implements Routine.Generator {
    /** So many rows ahead, a factor of addresses, lines are taken from whoever has them: it is long until they come. */
    private static final int AHEAD = 8;

    @Override
    public void write(Routine r) {
      new RowCopy(r, r.vec(0)) {
        @Override
        void beginRow() {
          a.lea(FROM, Mem.at(TO, TO_STEP, AHEAD, 0));
          a.prefetchw(Mem.at(FROM, LEFT, 1, -1)); // of a line that others write to, if rows do not begin with a line
        }

        @Override
        void fetch() {
          a.prefetchw(Mem.at(TO, TO_STEP, AHEAD, 0));
        }

        @Override
        void moveOn() {
          a.add(TO, bytes);
        }

        @Override
        void nextRow() {
          a.add(Y, TO_STEP);
        }
      }.write();
    }
  }

  /**
   * Rows of x are copied a vector at a time, and word by word what is less than one.
   *
   * <p>kernel(x; y; p0: bytes from x to its first row; p1: bytes from y to where it goes; p2: bytes between rows of x; p3: a step in y; p4:
   * rows, at least 1; p5: bytes of a row, a multiple of 4)
   */
  private abstract static class RowCopy {
    static final Gpr Y = Gpr.RDX;
    static final Gpr FROM_STEP = Gpr.R9;
    static final Gpr TO_STEP = Gpr.RAX;
    static final Gpr FROM = Gpr.R10;
    static final Gpr TO = Gpr.R11;
    /** Bytes of the row. */
    static final Gpr LEFT = Gpr.R8;
    private static final Gpr X = Gpr.RSI;
    private static final Gpr ROWS_LEFT = Gpr.RCX;

    final Assembler a;
    final int bytes;
    private final Routine r;
    private final Vec vector;

    RowCopy(Routine r, Vec vector) {
      this.r = r;
      this.a = r.a;
      this.vector = vector;
      this.bytes = vector.bits() / 8;
    }

    /** Before the first vector of a row; FROM is free. */
    abstract void beginRow();

    /** Asks for what comes later, at each vector. */
    abstract void fetch();

    /** From a vector to where the next one goes. */
    abstract void moveOn();

    /** Y to where the next row goes. */
    abstract void nextRow();

    final void write() {
      r.enter();
      a.add(X, Gpr.RCX);
      a.add(Y, Gpr.R8);
      r.argument(3, TO_STEP);
      r.argument(4, ROWS_LEFT);
      Label row = a.here();
      Label rest = new Label();
      Label end = new Label();
      a.mov(TO, Y);
      r.argument(5, LEFT);
      beginRow();
      a.mov(FROM, X);
      a.sub(LEFT, bytes);
      a.jcc(Condition.LESS, rest);
      Label next = a.here();
      fetch();
      a.emit(Op.VMOVUPS, vector, Mem.at(FROM));
      a.emit(Op.VMOVUPS, Mem.at(TO), vector);
      a.add(FROM, bytes);
      moveOn();
      a.sub(LEFT, bytes);
      a.jcc(Condition.GREATER_OR_EQUAL, next);
      a.bind(rest);
      a.add(LEFT, bytes);
      a.jcc(Condition.EQUAL, end);
      Label word = a.here();
      a.emit(Op.VMOVSS, Vec.xmm(0), Mem.at(FROM));
      a.emit(Op.VMOVSS, Mem.at(TO), Vec.xmm(0));
      a.add(FROM, 4);
      a.add(TO, 4);
      a.sub(LEFT, 4);
      a.jcc(Condition.NOT_EQUAL, word);
      a.bind(end);
      a.add(X, FROM_STEP);
      nextRow();
      a.dec(ROWS_LEFT);
      a.jcc(Condition.NOT_EQUAL, row);
      r.leave();
    }
  }

  /**
   * y[c][r] = x[r][c]·factors[c], in squares of eight by eight, what is left one by one. 256-bit vectors in every tier: this is a small
   * part of attention.
   *
   * <p>kernel(a: factors; x; y; p0: bytes from x to its first row; p1: bytes from y to its first row; p2: bytes between rows of x; p3:
   * bytes between rows of y; p4: rows of x; p5: columns of x; p6: 4, or 0 if the first eight factors, all the same, serve all columns; p7:
   * bytes in y from what eight rows of x become to what the next eight do)
   */
  record Transpose() implements Routine.Generator {
    static final int SIDE = 8;
    /** Where {@link #transpose} gives a column. */
    static final Vec COLUMN = Vec.ymm(8);

    private static final Gpr FACTOR = Gpr.RCX;
    private static final Gpr FROM = Gpr.R10;
    private static final Gpr TO = Gpr.R11;
    private static final Gpr FROM_STEP = Gpr.R9;
    private static final Gpr TO_STEP = Gpr.R8;

    @Override
    public void write(Routine r) {
      Assembler a = r.a;
      Gpr rows = Gpr.RBX;
      Gpr columns = Gpr.RBP;
      Gpr height = Gpr.R12;
      Gpr factorStep = Gpr.R13;
      Gpr left = Gpr.R14;
      Gpr scratch = Gpr.RAX;
      Gpr source = Gpr.R15;
      r.enter(Gpr.RBX, Gpr.RBP, Gpr.R12, Gpr.R13, Gpr.R14, Gpr.R15);
      a.add(Gpr.RSI, Gpr.RCX);
      a.add(Gpr.RDX, Gpr.R8);
      r.argument(3, TO_STEP);
      r.argument(4, rows);
      r.argument(6, factorStep);

      Label strip = a.here();
      Label rest = new Label();
      Label restOfStrip = new Label();
      Label end = new Label();
      r.argument(5, columns);
      a.mov(FACTOR, Gpr.RDI);
      a.mov(FROM, Gpr.RSI);
      a.mov(TO, Gpr.RDX);
      a.mov(height, rows);
      a.cmp(height, SIDE);
      a.jcc(Condition.LESS, rest);
      a.mov(height, SIDE);
      a.sub(columns, SIDE);
      a.jcc(Condition.LESS, restOfStrip);
      Label squareTop = a.here();
      square(r, scratch);
      a.lea(FACTOR, Mem.at(FACTOR, factorStep, SIDE, 0));
      a.add(FROM, 4 * SIDE);
      a.sub(columns, SIDE);
      a.jcc(Condition.GREATER_OR_EQUAL, squareTop);
      a.bind(restOfStrip);
      a.add(columns, SIDE);
      a.bind(rest);
      a.test(columns, columns);
      a.jcc(Condition.EQUAL, end);
      Label column = a.here();
      a.emit(Op.VMOVSS, Vec.xmm(0), Mem.at(FACTOR));
      a.mov(source, FROM);
      a.mov(scratch, TO);
      a.mov(left, height);
      Label value = a.here();
      a.emit(Op.VMULSS, Vec.xmm(1), Vec.xmm(0), Mem.at(source));
      a.emit(Op.VMOVSS, Mem.at(scratch), Vec.xmm(1));
      a.add(source, FROM_STEP);
      a.add(scratch, 4);
      a.dec(left);
      a.jcc(Condition.NOT_EQUAL, value);
      a.add(FACTOR, factorStep);
      a.add(FROM, 4);
      a.add(TO, TO_STEP);
      a.dec(columns);
      a.jcc(Condition.NOT_EQUAL, column);
      a.bind(end);
      a.lea(Gpr.RSI, Mem.at(Gpr.RSI, FROM_STEP, SIDE, 0));
      r.argument(7, scratch);
      a.add(Gpr.RDX, scratch);
      a.sub(rows, SIDE);
      a.jcc(Condition.GREATER, strip);
      r.leave();
    }

    /** TO ends eight rows further. */
    private static void square(Routine r, Gpr source) {
      Assembler a = r.a;
      a.emit(Op.VMOVUPS, Vec.ymm(15), Mem.at(FACTOR));
      a.mov(source, FROM);
      for (int i = 0; i < SIDE; i++) {
        a.emit(Op.VMULPS, Vec.ymm(i), Vec.ymm(15), Mem.at(source));
        a.prefetcht0(Mem.at(source, FROM_STEP, SIDE, 0)); // rows may be pages apart, which the processor does not foresee
        a.add(source, FROM_STEP);
      }
      transpose(a, column -> {
        a.emit(Op.VMOVUPS, Mem.at(TO), COLUMN);
        a.prefetcht0(Mem.at(TO, TO_STEP, SIDE, 0));
        a.add(TO, TO_STEP);
      });
    }

    /** The words of ymm0 to ymm7, column by column in {@link #COLUMN}; ymm9 to ymm15 are overwritten as well. */
    static void transpose(Assembler a, IntConsumer withColumn) {
      for (int i = 0; i < SIDE; i += 2) {
        a.emit(Op.VPUNPCKLDQ, Vec.ymm(8 + i), Vec.ymm(i), Vec.ymm(i + 1));
        a.emit(Op.VPUNPCKHDQ, Vec.ymm(9 + i), Vec.ymm(i), Vec.ymm(i + 1));
      }
      // Columns 0 to 3 of rows 0 to 3, and 4 to 7 in the upper half; then those of rows 4 to 7.
      for (int half = 0; half < SIDE; half += 4) {
        for (int i = 0; i < 2; i++) {
          a.emit(Op.VPUNPCKLQDQ, Vec.ymm(half + 2 * i), Vec.ymm(8 + half + i), Vec.ymm(10 + half + i));
          a.emit(Op.VPUNPCKHQDQ, Vec.ymm(half + 2 * i + 1), Vec.ymm(8 + half + i), Vec.ymm(10 + half + i));
        }
      }
      for (int c = 0; c < SIDE; c++) {
        a.emit(Op.VPERM2I128, COLUMN, Vec.ymm(c % 4), Vec.ymm(4 + c % 4), c < 4 ? 0x20 : 0x31);
        withColumn.accept(c);
      }
    }
  }
}
