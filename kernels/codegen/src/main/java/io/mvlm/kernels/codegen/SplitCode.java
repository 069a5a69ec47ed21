package io.mvlm.kernels.codegen;

import io.mvlm.kernels.codegen.x86.Assembler;
import io.mvlm.kernels.codegen.x86.Condition;
import io.mvlm.kernels.codegen.x86.Gpr;
import io.mvlm.kernels.codegen.x86.Label;
import io.mvlm.kernels.codegen.x86.Mask;
import io.mvlm.kernels.codegen.x86.Mem;
import io.mvlm.kernels.codegen.x86.Op;
import io.mvlm.kernels.codegen.x86.Vec;
import java.util.stream.IntStream;

/**
 * Makes of floats and weights what {@link TileProduct} multiplies: bfloat16, or pairs of them, of which the second holds what the first leaves over.
 * Weights of a group become panels: a sequence of blocks of 32 columns; a block holds for each two neighbouring columns, in each of 16 lanes of 32
 * bits, the first parts of both in one row of weights; behind these 16 vectors, if there are two parts, the same of the second. Missing columns are
 * zero.
 */
final class SplitCode {
  /** Bytes of one part of a block of a panel. */
  static final int PART_BYTES = SplitFloats.COLUMNS / 2 * BlockFormat.VECTOR;
  /** Predicates of comparisons. */
  private static final int LESS = 0x11;

  private SplitCode() {}

  /**
   * Activations to a tile of {@link SplitFloats}. What is no finite number has a second part of zero.
   *
   * <p>kernel(x: floats; y: tiles; p0: bytes from x to the first token; p1: bytes from y to the first block; p2: bytes between two tokens of x; p3:
   * tokens of the tile; p4: columns)
   *
   * @param parts one or two
   */
  record Rows(int parts) implements Routine.Generator {
    private static final Gpr X = Gpr.RSI;
    private static final Gpr FIRST = Gpr.RDX;
    private static final Gpr X_STRIDE = Gpr.R9;
    private static final Gpr LEFT = Gpr.RCX;
    private static final Gpr TOKENS_LEFT = Gpr.RAX;
    private static final Gpr PART_BYTES = Gpr.R8;
    private static final Gpr SECOND = Gpr.R10;
    private static final Gpr ROW = Gpr.R11;
    private static final Vec MAGNITUDE_BITS = Vec.zmm(16);
    private static final Vec INFINITY = Vec.zmm(17);

    @Override
    public void write(Routine r) {
      Assembler a = r.a;
      r.enter();
      a.add(X, Gpr.RCX);
      a.add(FIRST, Gpr.R8);
      r.argument(4, LEFT);
      if (parts == 2) {
        r.argument(3, PART_BYTES);
        a.shl(PART_BYTES, 6);
        r.setAll(MAGNITUDE_BITS, 0x7FFFFFFF);
        r.setAll(INFINITY, Float.POSITIVE_INFINITY);
      }
      Label rest = new Label();
      Label end = new Label();
      a.sub(LEFT, SplitFloats.COLUMNS);
      a.jcc(Condition.LESS, rest);
      Label block = a.here();
      block(r, Mask.K0, Mask.K0);
      a.sub(LEFT, SplitFloats.COLUMNS);
      a.jcc(Condition.GREATER_OR_EQUAL, block);
      a.bind(rest);
      a.add(LEFT, SplitFloats.COLUMNS);
      a.jcc(Condition.EQUAL, end);
      a.mov(Gpr.RAX, -1);
      a.bzhi(Gpr.RAX, Gpr.RAX, LEFT);
      a.kmovw(Mask.K1, Gpr.RAX);
      a.shr(Gpr.RAX, 16);
      a.kmovw(Mask.K2, Gpr.RAX);
      block(r, Mask.K1, Mask.K2);
      a.bind(end);
      r.leave();
    }

    /** @param lower and upper columns that are there */
    private void block(Routine r, Mask lower, Mask upper) {
      Assembler a = r.a;
      if (parts == 2) {
        a.mov(SECOND, FIRST);
        a.add(SECOND, PART_BYTES);
      }
      a.mov(ROW, X);
      r.argument(3, TOKENS_LEFT);
      Label token = a.here();
      a.emit(Op.VMOVUPS, lower == Mask.K0 ? Vec.zmm(0) : Vec.zmm(0).zeroing(lower), Mem.at(ROW));
      a.emit(Op.VMOVUPS, upper == Mask.K0 ? Vec.zmm(1) : Vec.zmm(1).zeroing(upper), Mem.at(ROW, 64));
      split(a);
      a.add(ROW, X_STRIDE);
      a.add(FIRST, BlockFormat.VECTOR);
      if (parts == 2) {
        a.add(SECOND, BlockFormat.VECTOR);
      }
      a.dec(TOKENS_LEFT);
      a.jcc(Condition.NOT_EQUAL, token);
      if (parts == 2) {
        a.mov(FIRST, SECOND);
      }
      a.add(X, 4 * SplitFloats.COLUMNS);
    }

    private void split(Assembler a) {
      Vec first = Vec.zmm(2);
      a.emit(Op.VCVTNE2PS2BF16, first, Vec.zmm(1), Vec.zmm(0));
      a.emit(Op.VMOVUPS, Mem.at(FIRST), first);
      if (parts == 1) {
        return;
      }
      a.emit(Op.VEXTRACTI64X4, Vec.ymm(4), first, 1);
      a.emit(Op.VPMOVZXWD, Vec.zmm(3), Vec.ymm(2));
      a.emit(Op.VPMOVZXWD, Vec.zmm(4), Vec.ymm(4));
      for (int i = 0; i < 2; i++) {
        Vec rest = Vec.zmm(i);
        Vec part = Vec.zmm(3 + i);
        a.emit(Op.VPSLLD, part, part, 16);
        a.emit(Op.VSUBPS, rest, rest, part);
        a.emit(Op.VPAND, part, rest, MAGNITUDE_BITS);
        a.emit(Op.VCMPPS_MASK, Mask.K3, part, INFINITY, LESS);
        a.emit(Op.VMOVAPS, rest.zeroing(Mask.K3), rest);
      }
      a.emit(Op.VCVTNE2PS2BF16, first, Vec.zmm(1), Vec.zmm(0));
      a.emit(Op.VMOVUPS, Mem.at(SECOND), first);
    }
  }

  /** Stores two columns of weights as a vector of first and one of second parts, both cut off: cheaper than rounding. */
  private static final class Pairs {
    private static final Vec UPPER = Vec.zmm(29);
    private static final Vec FIRST = Vec.zmm(30);
    private static final Vec OTHER = Vec.zmm(31);

    private final Assembler a;

    /** zmm29 to zmm31 belong to it. */
    Pairs(Routine r) {
      this.a = r.a;
      r.setAll(UPPER, 0xFFFF0000);
    }

    /** @param even and odd floats of two columns, which are lost */
    void store(Gpr target, int offset, Vec even, Vec odd) {
      a.emit(Op.VPSRLD, FIRST, even, 16);
      a.emit(Op.VPTERNLOGD, FIRST, odd, UPPER, Routine.OR_AND);
      a.emit(Op.VMOVUPS, Mem.at(target, offset), FIRST);
      for (Vec column : new Vec[] {even, odd}) {
        a.emit(Op.VPAND, OTHER, column, UPPER);
        a.emit(Op.VSUBPS, column, column, OTHER);
      }
      a.emit(Op.VPSRLD, even, even, 16);
      a.emit(Op.VPTERNLOGD, even, odd, UPPER, Routine.OR_AND);
      a.emit(Op.VMOVUPS, Mem.at(target, PART_BYTES + offset), even);
    }
  }

  /**
   * Of a group of a {@link FloatFormat} of 16 bits, in two parts.
   *
   * <p>kernel(a: the first column; y: panel; p1: bytes from y; p2: columns, a multiple of {@link FloatFormat#COLUMNS})
   */
  record Floats(FloatFormat format) implements Routine.Generator {
    private static final Gpr SOURCE = Gpr.RDI;
    private static final Gpr TARGET = Gpr.RDX;
    private static final Gpr LEFT = Gpr.R9;
    private static final Gpr INNER = Gpr.RCX;
    private static final Gpr MISSING = Gpr.RAX;
    private static final int PAIRS = SplitFloats.COLUMNS / 2;

    @Override
    public void write(Routine r) {
      Assembler a = r.a;
      r.enter();
      a.add(TARGET, Gpr.R8);
      a.shr(LEFT, 1); // to pairs
      Pairs pairs = new Pairs(r);
      Label block = a.here();
      Label whole = new Label();
      a.mov(INNER, PAIRS);
      a.mov(MISSING, 0);
      a.cmp(LEFT, INNER);
      a.jcc(Condition.GREATER_OR_EQUAL, whole);
      a.mov(MISSING, INNER);
      a.sub(MISSING, LEFT);
      a.mov(INNER, LEFT);
      a.bind(whole);
      a.sub(LEFT, INNER);
      Label pair = a.here();
      for (int i = 0; i < 2; i++) {
        Mem column = Mem.at(SOURCE, i * format.columnBytes());
        if (format == FloatFormat.F16) {
          a.emit(Op.VCVTPH2PS, Vec.zmm(i), column);
        } else {
          a.emit(Op.VPMOVZXWD, Vec.zmm(i), column);
          a.emit(Op.VPSLLD, Vec.zmm(i), Vec.zmm(i), 16);
        }
      }
      pairs.store(TARGET, 0, Vec.zmm(0), Vec.zmm(1));
      a.add(SOURCE, 2 * format.columnBytes());
      a.add(TARGET, BlockFormat.VECTOR);
      a.dec(INNER);
      a.jcc(Condition.NOT_EQUAL, pair);
      Label filled = new Label();
      a.test(MISSING, MISSING);
      a.jcc(Condition.EQUAL, filled);
      r.zero(Vec.zmm(0));
      Label missing = a.here();
      r.store(Mem.at(TARGET), Vec.zmm(0));
      r.store(Mem.at(TARGET, PART_BYTES), Vec.zmm(0));
      a.add(TARGET, BlockFormat.VECTOR);
      a.dec(MISSING);
      a.jcc(Condition.NOT_EQUAL, missing);
      a.bind(filled);
      a.add(TARGET, PART_BYTES);
      a.test(LEFT, LEFT);
      a.jcc(Condition.NOT_EQUAL, block);
      r.leave();
    }
  }

  /**
   * Of a group of a {@link BlockFormat}, in one part: rounding to that changes a third (Q8_0) to a few hundredths (4 bits) of what was lost when the weights were quantised.
   *
   * <p>kernel(a: the first block; y: panel; p1: bytes from y; p2: {@link BlockFormat#strides})
   */
  record Blocks(BlockFormat format) implements Routine.Generator {
    private static final Gpr BLOCK = Gpr.RDI;
    private static final Gpr BEHIND = Gpr.RSI;
    private static final Gpr TARGET = Gpr.RDX;
    private static final Gpr STRIDES_LEFT = Gpr.R9;
    private static final Gpr INNER = Gpr.RCX;
    /** zmm0 to zmm4 belong to {@link BlockCode}. */
    private static final Vec SCALE = Vec.zmm(5);
    private static final Vec ADDEND = Vec.zmm(6);
    private static final Vec LOW_BYTE = Vec.zmm(7);
    private static final Vec MINUS_ZERO = Vec.zmm(8);
    /** The numbers from 0 to 15. */
    private static final Vec NIBBLES = Vec.zmm(9);
    /** Where the even columns' halves of a vector go, and between them the odd ones'. */
    private static final Vec IN_TURN = Vec.zmm(10);
    /** Vectors from here on hold columns, in turn. */
    private static final int COLUMN = 11;
    private static final int MOST_COLUMNS = 20;

    @Override
    public void write(Routine r) {
      Assembler a = r.a;
      r.enter();
      a.add(TARGET, Gpr.R8);
      BlockCode weights = new BlockCode(r, format, BLOCK, BEHIND, 0);
      weights.loadMasks();
      r.setAll(LOW_BYTE, 0xFF);
      r.setAll(MINUS_ZERO, (float) -format.zero);
      r.load(NIBBLES, r.constant(IntStream.range(0, 16).map(i -> Float.floatToRawIntBits(i)).toArray()));
      r.load(IN_TURN, r.constant(IntStream.range(0, 16).map(i -> i | 16 + i << 16).toArray()));
      weights.forEachBlock(STRIDES_LEFT, INNER, () -> block(r, weights));
      r.leave();
    }

    private void block(Routine r, BlockCode weights) {
      Assembler a = r.a;
      weights.begin();
      boolean byHalves = format.scales == BlockFormat.Scales.SUPER_BY_HALVES;
      for (int i = 0; i < SplitFloats.COLUMNS / 4; i++) {
        if (i == 0 || i == 4 && byHalves) {
          scale(r, weights, i / 4);
        }
        Vec[] columns = IntStream.range(4 * i, 4 * i + 4).mapToObj(c -> Vec.zmm(COLUMN + c % MOST_COLUMNS)).toArray(Vec[]::new);
        if (format.bits == 4) {
          nibbles(a, weights, i, columns);
        } else {
          weights.unpack(i);
          bytes(a, weights.quants, columns);
        }
        for (Vec column : columns) {
          a.emit(Op.VFMADD213PS, column, SCALE, ADDEND);
        }
        for (int c = 0; c < columns.length; c += 2) {
          a.emit(Op.VCVTNE2PS2BF16, columns[c], columns[c + 1], columns[c]);
          a.emit(Op.VPERMW, columns[c], IN_TURN, columns[c]);
          a.emit(Op.VMOVUPS, Mem.at(TARGET, (2 * i + c / 2) * BlockFormat.VECTOR), columns[c]);
        }
      }
      a.add(TARGET, PART_BYTES);
    }

    /** Values are quants·scale + addend. */
    private void scale(Routine r, BlockCode weights, int half) {
      if (format.scales == BlockFormat.Scales.SUPER_BY_HALVES) {
        weights.halfScale(half);
      } else {
        weights.scale();
      }
      r.a.emit(Op.VMOVAPS, SCALE, weights.quants);
      if (format.scales.hasMinimum()) {
        weights.minimum();
        if (format.hasSuperBlocks()) { // which take it away
          r.zero(ADDEND);
          r.a.emit(Op.VSUBPS, ADDEND, ADDEND, weights.quants);
        } else {
          r.a.emit(Op.VMOVAPS, ADDEND, weights.quants);
        }
      } else {
        r.a.emit(Op.VMULPS, ADDEND, SCALE, MINUS_ZERO);
      }
    }

    /** The nibbles of four columns as floats: {@code vpermps} looks at four bits of an index alone. */
    private static void nibbles(Assembler a, BlockCode weights, int i, Vec[] columns) {
      for (int c = 0; c < columns.length; c++) {
        int shift = 8 * c + i / 4 * 4;
        if (shift == 0) {
          a.emit(Op.VMOVUPS, columns[c], weights.nibbles(i));
        } else {
          a.emit(Op.VPSRLD, columns[c], weights.nibbles(i), shift);
        }
        a.emit(Op.VPERMPS, columns[c], columns[c], NIBBLES);
      }
    }

    /** The four bytes of each lane as floats. */
    private static void bytes(Assembler a, Vec quants, Vec[] columns) {
      for (int c = 0; c < columns.length; c++) {
        if (c == 0) {
          a.emit(Op.VPAND, columns[c], quants, LOW_BYTE);
        } else {
          a.emit(Op.VPSRLD, columns[c], quants, 8 * c);
          if (c < 3) {
            a.emit(Op.VPAND, columns[c], columns[c], LOW_BYTE);
          }
        }
        a.emit(Op.VCVTDQ2PS, columns[c], columns[c]);
      }
    }
  }
}
