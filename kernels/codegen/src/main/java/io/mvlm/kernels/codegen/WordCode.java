package io.mvlm.kernels.codegen;

import io.mvlm.kernels.codegen.x86.Assembler;
import io.mvlm.kernels.codegen.x86.Condition;
import io.mvlm.kernels.codegen.x86.Gpr;
import io.mvlm.kernels.codegen.x86.Label;
import io.mvlm.kernels.codegen.x86.Mask;
import io.mvlm.kernels.codegen.x86.Mem;
import io.mvlm.kernels.codegen.x86.Op;
import io.mvlm.kernels.codegen.x86.Vec;

/**
 * Makes of floats and weights what {@link WordProduct} multiplies: integers of 16 bits and, for each {@link TiledInt16#COLUMNS} columns, a
 * scale. A block with a value that is no finite number gets a scale with which its products are none. For 512-bit vectors.
 */
final class WordCode {
  /** Of a scale: its inverse, and with it every integer, is finite. */
  private static final float LEAST_SCALE = Float.MIN_NORMAL;

  private WordCode() {}

  /**
   * Activations to a tile of {@link TiledInt16}: each block to the nearest steps of its largest magnitude.
   *
   * <p>kernel(x: floats; y: tiles; p0: bytes from x to the first token; p1: bytes from y to the tile; p2: bytes between two tokens of x;
   * p3: tokens of the tile; p4: columns)
   */
  record Rows() implements Routine.Generator {
    private static final Gpr X = Gpr.RSI;
    private static final Gpr WORDS = Gpr.RDX;
    private static final Gpr X_STRIDE = Gpr.R9;
    private static final Gpr LEFT = Gpr.RCX;
    private static final Gpr TOKENS_LEFT = Gpr.RAX;
    private static final Gpr SCALES = Gpr.R8;
    private static final Gpr ROW = Gpr.R11;
    private static final int VECTORS = TiledInt16.COLUMNS * Float.BYTES / BlockFormat.VECTOR;
    private static final Vec MAGNITUDE_BITS = Vec.zmm(16);
    private static final Vec ONE = Vec.xmm(10);
    private static final Vec STEP = Vec.xmm(11);
    private static final Vec LEAST = Vec.xmm(12);
    private static final Vec ZERO = Vec.xmm(13);

    @Override
    public void write(Routine r) {
      Assembler a = r.a;
      r.enter();
      a.add(X, Gpr.RCX);
      a.add(WORDS, Gpr.R8);
      r.argument(4, LEFT);
      r.setAll(MAGNITUDE_BITS, 0x7FFFFFFF);
      r.setAll(ONE, 1f);
      r.setAll(STEP, 1f / TiledInt16.MOST);
      r.setAll(LEAST, LEAST_SCALE);
      r.zero(ZERO);
      Label rest = new Label();
      Label end = new Label();
      a.sub(LEFT, TiledInt16.COLUMNS);
      a.jcc(Condition.LESS, rest);
      Label block = a.here();
      block(r, false);
      a.sub(LEFT, TiledInt16.COLUMNS);
      a.jcc(Condition.GREATER_OR_EQUAL, block);
      a.bind(rest);
      a.add(LEFT, TiledInt16.COLUMNS);
      a.jcc(Condition.EQUAL, end);
      a.mov(Gpr.RAX, -1);
      a.bzhi(Gpr.RAX, Gpr.RAX, LEFT);
      for (int i = 0; i < VECTORS; i++) {
        a.kmovw(mask(i), Gpr.RAX);
        a.shr(Gpr.RAX, BlockFormat.ROWS);
      }
      block(r, true);
      a.bind(end);
      r.leave();
    }

    /** Which columns of a vector of the last block are there. */
    private static Mask mask(int vector) {
      return Mask.values()[1 + vector];
    }

    private static void block(Routine r, boolean masked) {
      Assembler a = r.a;
      r.argument(3, TOKENS_LEFT);
      a.imul(SCALES, TOKENS_LEFT, TiledInt16.SCALE);
      a.add(SCALES, WORDS);
      a.mov(ROW, X);
      Label token = a.here();
      for (int i = 0; i < VECTORS; i++) {
        Vec values = Vec.zmm(i);
        r.load(masked ? values.zeroing(mask(i)) : values, Mem.at(ROW, i * BlockFormat.VECTOR));
      }
      round(r);
      a.add(ROW, X_STRIDE);
      a.add(WORDS, TiledInt16.SCALE);
      a.add(SCALES, Float.BYTES);
      a.dec(TOKENS_LEFT);
      a.jcc(Condition.NOT_EQUAL, token);
      a.mov(WORDS, SCALES);
      a.add(X, TiledInt16.COLUMNS * Float.BYTES);
    }

    /** The values in zmm0 to zmm3. */
    private static void round(Routine r) {
      Assembler a = r.a;
      Vec magnitude = Vec.zmm(4);
      Vec other = Vec.zmm(5);
      Vec scale = Vec.xmm(6);
      Vec inverse = Vec.zmm(7);
      // As integers the bits of magnitudes are in order, infinity and what is no number last.
      a.emit(Op.VPAND, magnitude, MAGNITUDE_BITS, Vec.zmm(0));
      for (int i = 1; i < VECTORS; i++) {
        a.emit(Op.VPAND, other, MAGNITUDE_BITS, Vec.zmm(i));
        a.emit(Op.VPMAXSD, magnitude, magnitude, other);
      }
      r.foldLanes(Op.VPMAXSD, magnitude, other);
      a.emit(Op.VMULPS, scale, magnitude.as(128), STEP);
      a.emit(Op.VMAXPS, scale, LEAST, scale); // of two of which one is no number, the second
      a.emit(Op.VDIVPS, inverse.as(128), ONE, scale);
      a.emit(Op.VBROADCASTSS, inverse, inverse.as(128));
      a.emit(Op.VFMADD231PS, scale, scale, ZERO); // no number of infinity
      a.emit(Op.VMOVSS, Mem.at(SCALES), scale);
      for (int i = 0; i < VECTORS; i++) {
        Vec values = Vec.zmm(i);
        a.emit(Op.VMULPS, values, values, inverse);
        a.emit(Op.VCVTPS2DQ, values, values);
      }
      for (int i = 0; i < VECTORS; i += 2) {
        a.emit(Op.VPACKSSDW, Vec.zmm(i), Vec.zmm(i), Vec.zmm(i + 1));
        r.store(Mem.at(WORDS, i / 2 * BlockFormat.VECTOR), Vec.zmm(i));
      }
    }
  }

  /**
   * Columns of a group of a {@link FloatFormat} of 16 bits to blocks of a panel, see {@link WordProduct}. The scale of a row's block is the
   * smallest with which its integers fit into 16 bits, and with which, times activations of {@link TiledInt16#MOST}, their sum fits into
   * 32: without outliers a step is 1/2500 of a standard deviation. Missing columns are left as they are, for they meet zeros.
   *
   * <p>kernel(a: the first column; y: panel; p1: bytes from y; p2: columns, a multiple of {@link FloatFormat#COLUMNS})
   */
  record Weights(FloatFormat format) implements Routine.Generator {
    /**
     * A little less than the magnitudes of a block's integers may add up to: rounding adds half of one to each, and the sum of floats from
     * which a scale is made is exact to one or two; the rest is a reserve.
     */
    static final float MOST_SUM = Integer.MAX_VALUE / TiledInt16.MOST - 3 * TiledInt16.COLUMNS;
    /** As above, for a single one. */
    static final float MOST = Short.MAX_VALUE - 1;
    /** Whose lowest bits, of a sum with an integer, are that integer: it is rounded on the way. */
    private static final float ROUNDING = 0x1.8p23f;
    /** The block after the next one: each is read twice, the second time from the first-level cache. */
    private static final int PREFETCH_BYTES = 2 * TiledInt16.COLUMNS * BlockFormat.ROWS * Short.BYTES;

    private static final Gpr SOURCE = Gpr.RDI;
    private static final Gpr PANEL = Gpr.RDX;
    private static final Gpr LEFT = Gpr.R9;
    private static final Gpr COUNT = Gpr.RCX;
    private static final Gpr INNER = Gpr.RAX;
    private static final Gpr COLUMN = Gpr.R10;
    private static final Gpr TARGET = Gpr.R11;
    private static final Vec[] VALUES = {Vec.zmm(0), Vec.zmm(1)};
    private static final Vec[] MAGNITUDES = {Vec.zmm(2), Vec.zmm(3)};
    private static final Vec[] SUMS = {Vec.zmm(4), Vec.zmm(5)};
    private static final Vec[] LARGEST = {Vec.zmm(6), Vec.zmm(7)};
    private static final Vec SCALE = Vec.zmm(8);
    private static final Vec INVERSE = Vec.zmm(9);
    private static final Vec MAGNITUDE_BITS = Vec.zmm(16);
    private static final Vec PART_OF_SUM = Vec.zmm(17);
    private static final Vec PART_OF_LARGEST = Vec.zmm(18);
    private static final Vec LEAST = Vec.zmm(19);
    private static final Vec ONE = Vec.zmm(20);
    private static final Vec ROUNDING_ALL = Vec.zmm(21);
    private static final Vec LOWER = Vec.zmm(22);

    @Override
    public void write(Routine r) {
      Assembler a = r.a;
      r.enter();
      a.add(PANEL, Gpr.R8);
      r.setAll(MAGNITUDE_BITS, 0x7FFFFFFF);
      r.setAll(PART_OF_SUM, 1 / MOST_SUM);
      r.setAll(PART_OF_LARGEST, 1 / MOST);
      r.setAll(LEAST, LEAST_SCALE);
      r.setAll(ONE, 1f);
      r.setAll(ROUNDING_ALL, ROUNDING);
      r.setAll(LOWER, 0xFFFF);
      a.shr(LEFT, 1); // to pairs
      Label block = a.here();
      Label whole = new Label();
      a.mov(COUNT, WordProduct.VECTORS);
      a.cmp(LEFT, COUNT);
      a.jcc(Condition.GREATER_OR_EQUAL, whole);
      a.mov(COUNT, LEFT);
      a.bind(whole);
      scale(r);
      round(r);
      a.mov(SOURCE, COLUMN);
      a.add(PANEL, WordProduct.BLOCK.panelBytes());
      a.sub(LEFT, COUNT);
      a.jcc(Condition.NOT_EQUAL, block);
      r.leave();
    }

    private void scale(Routine r) {
      Assembler a = r.a;
      for (int i = 0; i < 2; i++) {
        r.zero(SUMS[i]);
        r.zero(LARGEST[i]);
      }
      forEachPair(r, () -> {
        a.prefetcht0(Mem.at(COLUMN, PREFETCH_BYTES));
        for (int i = 0; i < 2; i++) {
          a.emit(Op.VPAND, MAGNITUDES[i], VALUES[i], MAGNITUDE_BITS);
          a.emit(Op.VFMADD231PS, SUMS[i], MAGNITUDES[i], PART_OF_SUM); // in parts, which do not overflow
          a.emit(Op.VMAXPS, LARGEST[i], LARGEST[i], MAGNITUDES[i]);
        }
      });
      a.emit(Op.VADDPS, SUMS[0], SUMS[0], SUMS[1]);
      a.emit(Op.VMAXPS, LARGEST[0], LARGEST[0], LARGEST[1]);
      a.emit(Op.VMULPS, SCALE, LARGEST[0], PART_OF_LARGEST);
      a.emit(Op.VMAXPS, SCALE, SCALE, LEAST);
      a.emit(Op.VMAXPS, SCALE, SCALE, SUMS[0]); // which are no number if a weight is none: then the second is taken
      r.store(Mem.at(PANEL, WordProduct.SCALES), SCALE);
      a.emit(Op.VDIVPS, INVERSE, ONE, SCALE);
    }

    private void round(Routine r) {
      Assembler a = r.a;
      a.mov(TARGET, PANEL);
      forEachPair(r, () -> {
        for (Vec value : VALUES) {
          a.emit(Op.VFMADD213PS, value, INVERSE, ROUNDING_ALL);
        }
        a.emit(Op.VPSLLD, VALUES[1], VALUES[1], Short.SIZE);
        a.emit(Op.VPTERNLOGD, VALUES[1], VALUES[0], LOWER, Routine.OR_AND);
        r.store(Mem.at(TARGET), VALUES[1]);
        a.add(TARGET, BlockFormat.VECTOR);
      });
    }

    /** Runs code for each two columns of a block, which are in VALUES; COLUMN is behind it then. */
    private void forEachPair(Routine r, Runnable code) {
      Assembler a = r.a;
      a.mov(COLUMN, SOURCE);
      a.mov(INNER, COUNT);
      Label pair = a.here();
      for (int i = 0; i < 2; i++) {
        FloatCode.widen(r, format, VALUES[i], Mem.at(COLUMN, i * format.columnBytes()));
      }
      code.run();
      a.add(COLUMN, 2 * format.columnBytes());
      a.dec(INNER);
      a.jcc(Condition.NOT_EQUAL, pair);
    }
  }
}
