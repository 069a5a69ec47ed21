package io.mvlm.kernels.codegen;

import io.mvlm.kernels.codegen.x86.Assembler;
import io.mvlm.kernels.codegen.x86.Condition;
import io.mvlm.kernels.codegen.x86.Gpr;
import io.mvlm.kernels.codegen.x86.Label;
import io.mvlm.kernels.codegen.x86.Mem;
import io.mvlm.kernels.codegen.x86.Op;
import io.mvlm.kernels.codegen.x86.Vec;

/**
 * Makes of floats what {@link TiledInt8} holds: each block is rounded to the nearest of 255 steps of its largest magnitude (a step
 * has 22 bits, see {@link TiledInt8#SCALE_BITS}). A block with a value that is no number gets a scale that is none. 256-bit vectors in every
 * tier: this is a small part of a product.
 */
final class QuantizeCode {
  private static final Gpr X = Gpr.RSI;
  private static final Gpr QUANTS = Gpr.RDX;
  /** Four times the tokens of a tile: the distance of two fields of floats or sums. */
  private static final Gpr FIELD = Gpr.RCX;
  private static final Gpr FIELDS = Gpr.R8;
  /** Tokens of the tile, then bytes of a block. */
  private static final Gpr STEP = Gpr.R9;
  private static final Gpr BLOCKS = Gpr.R10;
  private static final Gpr PLACE = Gpr.R11;
  private static final Gpr LEFT = Gpr.RAX;
  private static final Gpr ROW = Gpr.RBX;
  private static final Gpr TOKENS_LEFT = Gpr.RBP;
  private static final Gpr TOKEN_QUANTS = Gpr.R12;
  private static final Gpr TOKEN_FIELDS = Gpr.R13;
  private static final Gpr LIST = Gpr.R14;

  private QuantizeCode() {}

  /**
   * Rows to a tile, and for each a list of its coarse blocks: those whose step is so many times the mean step.
   *
   * <p>kernel(x: floats; y: tiles; p0: bytes from x to the first row; p1: bytes from y to the tile; p2: tokens of the tile; p3: bytes between two
   * rows; p4: blocks; p5: the factor of the steps' sum that makes a step coarse, as bits; p6: bytes from z to the first list; z: how many coarse
   * blocks a row has, then their numbers, in order; a list takes one word more than there are blocks)
   *
   * @param sums what is stored for products to begin with
   */
  record Rows(TiledInt8.Sums sums) implements Routine.Generator {
    @Override
    public void write(Routine r) {
      Assembler a = r.a;
      r.enter(Gpr.RBX, Gpr.RBP, Gpr.R12, Gpr.R13, Gpr.R14);
      a.mov(ROW, X);
      a.add(ROW, Gpr.RCX);
      a.mov(TOKEN_QUANTS, QUANTS);
      a.add(TOKEN_QUANTS, Gpr.R8);
      a.mov(TOKENS_LEFT, STEP); // p2, whose register this is
      a.imul(TOKEN_FIELDS, STEP, TiledInt8.SCALE);
      a.add(TOKEN_FIELDS, TOKEN_QUANTS);
      r.argumentZ(LIST);
      r.argument(6, PLACE);
      a.add(LIST, PLACE);
      a.mov(FIELD, STEP);
      a.shl(FIELD, 2);
      a.imul(STEP, STEP, TiledInt8.TOKEN_BLOCK);
      r.argument(4, BLOCKS);
      Rounding rounding = new Rounding(r, sums);
      Vec sum = Vec.xmm(11);
      Label token = a.here();
      a.mov(X, ROW);
      a.mov(QUANTS, TOKEN_QUANTS);
      a.mov(FIELDS, TOKEN_FIELDS);
      a.mov(LEFT, BLOCKS);
      r.zero(sum);
      Label block = a.here();
      for (int i = 0; i < 2; i++) {
        a.prefetcht0(Mem.at(X, 2048 + 64 * i));
      }
      for (int i = 0; i < 4; i++) {
        a.emit(Op.VMOVUPS, Vec.ymm(i), Mem.at(X, 32 * i));
      }
      rounding.block();
      a.emit(Op.VADDPS, sum, sum, rounding.scale.as(128));
      a.add(X, 4 * BlockFormat.COLUMNS);
      a.add(QUANTS, STEP);
      a.add(FIELDS, STEP);
      a.dec(LEFT);
      a.jcc(Condition.NOT_EQUAL, block);
      listCoarse(r, sum);
      r.argument(3, PLACE);
      a.add(ROW, PLACE);
      a.add(TOKEN_QUANTS, BlockFormat.COLUMNS);
      a.add(TOKEN_FIELDS, Float.BYTES);
      a.lea(LIST, Mem.at(LIST, BLOCKS, Integer.BYTES, Integer.BYTES));
      a.dec(TOKENS_LEFT);
      a.jcc(Condition.NOT_EQUAL, token);
      r.leave();
    }

    /** Steps are not negative, so their bits are in order. */
    private static void listCoarse(Routine r, Vec sum) {
      Gpr coarse = QUANTS;
      Gpr number = X;
      Gpr end = LEFT;
      Assembler a = r.a;
      r.argument(5, PLACE);
      a.emit(Op.VMOVD, Vec.xmm(0), PLACE);
      a.emit(Op.VMULPS, sum, sum, Vec.xmm(0));
      a.emit(Op.VMOVD, coarse, sum);
      a.mov(FIELDS, TOKEN_FIELDS);
      a.mov(end, LIST);
      a.mov(number, 0);
      Label next = a.here();
      Label fine = new Label();
      a.mov32(PLACE, Mem.at(FIELDS));
      a.cmp(PLACE, coarse);
      a.jcc(Condition.LESS_OR_EQUAL, fine);
      a.add(end, Integer.BYTES);
      a.mov32(Mem.at(end), number);
      a.bind(fine);
      a.add(FIELDS, STEP);
      a.add(number, 1);
      a.cmp(number, BLOCKS);
      a.jcc(Condition.NOT_EQUAL, next);
      a.sub(end, LIST);
      a.shr(end, 2);
      a.mov32(Mem.at(LIST), end);
    }
  }

  /**
   * What a block of one token or of several neighbours lost, as a block of so many tokens.
   *
   * <p>kernel(x: floats; y: tiles; p0: bytes from x to the first token's 32 values; p1: bytes from y to the new block; p2: bytes from y to what they
   * were rounded to; p3: bytes from y to their scale; p4: tokens; p5: bytes between two rows)
   */
  record Rest(TiledInt8.Sums sums) implements Routine.Generator {
    @Override
    public void write(Routine r) {
      Assembler a = r.a;
      r.enter(Gpr.RBX, Gpr.RBP);
      Gpr roundedQuants = STEP; // p2, whose register this is
      Gpr roundedScale = Gpr.RBX;
      a.add(X, Gpr.RCX);
      a.add(roundedQuants, QUANTS);
      r.argument(3, roundedScale);
      a.add(roundedScale, QUANTS);
      a.add(QUANTS, Gpr.R8);
      r.argument(4, TOKENS_LEFT);
      a.imul(FIELDS, TOKENS_LEFT, TiledInt8.SCALE);
      a.add(FIELDS, QUANTS);
      a.imul(FIELD, TOKENS_LEFT, Float.BYTES);
      Rounding rounding = new Rounding(r, sums);
      Vec scale = Vec.ymm(4);
      Vec rounded = Vec.ymm(5);
      Label token = a.here();
      a.emit(Op.VBROADCASTSS, scale, Mem.at(roundedScale));
      for (int i = 0; i < 4; i++) {
        a.emit(Op.VPMOVSXBD, rounded, Mem.at(roundedQuants, 8 * i));
        a.emit(Op.VCVTDQ2PS, rounded, rounded);
        a.emit(Op.VMOVUPS, Vec.ymm(i), Mem.at(X, 32 * i));
        a.emit(Op.VFNMADD231PS, Vec.ymm(i), rounded, scale);
      }
      rounding.block();
      r.argument(5, PLACE);
      a.add(X, PLACE);
      a.add(roundedQuants, BlockFormat.COLUMNS);
      a.add(roundedScale, Float.BYTES);
      a.add(QUANTS, BlockFormat.COLUMNS);
      a.add(FIELDS, Float.BYTES);
      a.dec(TOKENS_LEFT);
      a.jcc(Condition.NOT_EQUAL, token);
      r.leave();
    }
  }

  /** A block of one token: ymm0 to ymm3 hold its values, QUANTS and FIELDS point to its integers and to its scale. ymm11 stays. */
  private static final class Rounding {
    private final Routine r;
    private final TiledInt8.Sums sums;
    private final Vec magnitude = Vec.ymm(4);
    private final Vec t = Vec.ymm(5);
    final Vec scale = Vec.ymm(6);
    private final Vec inverse = Vec.ymm(7);
    private final Vec magnitudeBits = Vec.ymm(8);
    private final Vec steps = Vec.ymm(9);
    private final Vec one = Vec.ymm(10);
    private final Vec order = Vec.ymm(12);
    private final Vec bytes = Vec.ymm(13);
    private final Vec words = Vec.ymm(14);
    private final Vec largest = Vec.ymm(15);

    Rounding(Routine r, TiledInt8.Sums sums) {
      this.r = r;
      this.sums = sums;
      r.setAll(magnitudeBits, 0x7FFFFFFF);
      r.setAll(steps, 127f);
      r.setAll(one, 1f);
      r.setAll(bytes, 0x01010101);
      r.setAll(words, 0x00010001);
      r.setAll(largest, Float.MAX_VALUE);
      r.load(order, r.constant(0, 4, 1, 5, 2, 6, 3, 7));
    }

    void block() {
      Assembler a = r.a;
      // As integers the bits of magnitudes are in order, infinity and what is no number last.
      a.emit(Op.VPAND, magnitude, magnitudeBits, Vec.ymm(0));
      for (int i = 1; i < 4; i++) {
        a.emit(Op.VPAND, t, magnitudeBits, Vec.ymm(i));
        a.emit(Op.VPMAXSD, magnitude, magnitude, t);
      }
      r.foldLanes(Op.VPMAXSD, magnitude, t);
      a.emit(Op.VBROADCASTSS, scale, magnitude.as(128));
      a.emit(Op.VDIVPS, scale, scale, steps);
      a.emit(Op.VPAND, scale, scale, r.everyLane(TiledInt8.SCALE_BITS));
      a.emit(Op.VDIVPS, inverse, one, scale);
      // A step of zero, or so small that its inverse is infinite: nothing becomes 0·∞.
      a.emit(Op.VMINPS, inverse, largest, inverse);
      for (int i = 0; i < 4; i++) {
        Vec v = Vec.ymm(i);
        a.emit(Op.VMULPS, v, v, inverse);
        a.emit(Op.VMINPS, v, v, steps);
        a.emit(Op.VMAXPS, v, v, r.everyLane(-127f));
        a.emit(Op.VCVTPS2DQ, v, v);
      }
      a.emit(Op.VPACKSSDW, Vec.ymm(0), Vec.ymm(0), Vec.ymm(1));
      a.emit(Op.VPACKSSDW, Vec.ymm(2), Vec.ymm(2), Vec.ymm(3));
      a.emit(Op.VPACKSSWB, Vec.ymm(0), Vec.ymm(0), Vec.ymm(2));
      a.emit(Op.VPERMD, Vec.ymm(0), order, Vec.ymm(0));
      a.emit(Op.VMOVUPS, Mem.at(QUANTS), Vec.ymm(0));
      // The sum of each half in each lane of its 128 bits.
      a.emit(Op.VPMADDUBSW, Vec.ymm(0), bytes, Vec.ymm(0));
      a.emit(Op.VPMADDWD, Vec.ymm(0), Vec.ymm(0), words);
      for (int exchange : new int[] {0x4E, 0xB1}) {
        a.emit(Op.VPSHUFD, t, Vec.ymm(0), exchange);
        a.emit(Op.VPADDD, Vec.ymm(0), Vec.ymm(0), t);
      }
      a.emit(Op.VEXTRACTI128, Vec.xmm(1), Vec.ymm(0), 1);
      a.emit(Op.VPADDD, Vec.xmm(2), Vec.xmm(0), Vec.xmm(1));
      a.emit(Op.VCVTDQ2PS, Vec.xmm(3), Vec.xmm(2));
      a.emit(Op.VMULPS, Vec.xmm(3), Vec.xmm(3), scale.as(128));
      a.emit(Op.VPBROADCASTD, t.as(128), r.constant(sums.origin()));
      int shift = Integer.numberOfTrailingZeros(sums.factor());
      for (int i = 0; i < 3; i++) {
        a.emit(Op.VPSLLD, Vec.xmm(i), Vec.xmm(i), shift);
        a.emit(Op.VPSUBD, Vec.xmm(i), t.as(128), Vec.xmm(i));
      }
      Vec minusOrigin = t.as(128);
      a.emit(Op.VMULPS, minusOrigin, scale.as(128), r.everyLane(-TiledInt8.ORIGIN));
      a.mov(PLACE, FIELDS);
      for (Vec value : new Vec[] {scale.as(128), Vec.xmm(2), Vec.xmm(3), Vec.xmm(0), Vec.xmm(1), minusOrigin}) {
        a.emit(Op.VMOVSS, Mem.at(PLACE), value);
        a.add(PLACE, FIELD);
      }
    }
  }
}
