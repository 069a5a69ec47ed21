package io.mvlm.kernels.codegen;

import io.mvlm.kernels.codegen.x86.Assembler;
import io.mvlm.kernels.codegen.x86.Condition;
import io.mvlm.kernels.codegen.x86.Gpr;
import io.mvlm.kernels.codegen.x86.Label;
import io.mvlm.kernels.codegen.x86.Mem;
import io.mvlm.kernels.codegen.x86.Op;
import io.mvlm.kernels.codegen.x86.Vec;

/**
 * The kernels that bring a group of rows from the order of a file to that of {@link BlockFormat} and {@link FloatFormat}: transpositions, mostly.
 * The file's formats are described with their codecs in {@code io.mvlm.core}. 256-bit vectors in every tier: memory is the slower part.
 *
 * <p>kernel(a: the first of {@link BlockFormat#ROWS} rows; y: groups, zeroed; p0: bytes from one row to the next; p1: bytes from y to the group;
 * p2: what a row has of the format's units, at least one: {@link BlockFormat#strides}, or columns)
 */
final class PackCode {
  /** The rows 0, 4, 8 and 12. */
  private static final Gpr[] FOURTH_ROWS = {Gpr.RDI, Gpr.RSI, Gpr.R10, Gpr.R11};
  private static final Gpr ROW = Gpr.RCX;
  private static final Gpr THREE_ROWS = Gpr.RAX;
  private static final Gpr TARGET = Gpr.RDX;
  private static final Gpr LEFT = Gpr.R9;
  private static final Gpr VALUE = Gpr.R8;

  /** Bytes that a row gives at a time: four columns of words, eight of halves. */
  private static final int PIECE = 16;
  private static final int NIBBLES = 0x0F0F0F0F;
  private static final int HIGH_NIBBLES = 0xF0F0F0F0;

  private PackCode() {}

  private static void enter(Routine r) {
    r.enter();
    r.a.add(TARGET, Gpr.R8);
    r.a.lea(THREE_ROWS, Mem.at(ROW, ROW, 2, 0));
    for (int i = 1; i < FOURTH_ROWS.length; i++) {
      r.a.lea(FOURTH_ROWS[i], Mem.at(FOURTH_ROWS[i - 1], ROW, 4, 0));
    }
  }

  private static void advance(Routine r, int rowBytes, int groupBytes) {
    for (Gpr row : FOURTH_ROWS) {
      r.a.add(row, rowBytes);
    }
    r.a.add(TARGET, groupBytes);
  }

  private static Mem row(int row, int offset) {
    Gpr base = FOURTH_ROWS[row / 4];
    return switch (row % 4) {
      case 0 -> Mem.at(base, offset);
      case 1 -> Mem.at(base, ROW, 1, offset);
      case 2 -> Mem.at(base, ROW, 2, offset);
      default -> Mem.at(base, THREE_ROWS, 1, offset);
    };
  }

  /** A piece of one row in the lower, of another in the upper half of a register. */
  private static void load(Routine r, int to, int lower, int upper, int offset) {
    r.a.emit(Op.VMOVUPS, Vec.xmm(to), row(lower, offset));
    r.a.emit(Op.VINSERTI128, Vec.ymm(to), Vec.ymm(to), row(upper, offset), 1);
  }

  /** The rows of half a group (eight rows): row i of the first four with row i of the last four in register {@code to} + i. */
  private static void loadHalf(Routine r, int half, int to, int offset) {
    for (int i = 0; i < 4; i++) {
      load(r, to + i, 8 * half + i, 8 * half + 4 + i, offset);
    }
  }

  /** What {@link #loadHalf} loaded: word i of all eight rows in register {@code at} + i. Uses four registers from {@code spare} on. */
  private static void transpose(Routine r, int at, int spare) {
    interleave(r, Op.VPUNPCKLDQ, Op.VPUNPCKHDQ, spare, at, at + 1);
    interleave(r, Op.VPUNPCKLDQ, Op.VPUNPCKHDQ, spare + 2, at + 2, at + 3);
    interleave(r, Op.VPUNPCKLQDQ, Op.VPUNPCKHQDQ, at, spare, spare + 2);
    interleave(r, Op.VPUNPCKLQDQ, Op.VPUNPCKHQDQ, at + 2, spare + 1, spare + 3);
  }

  /** The lower elements of two registers to {@code to}, the higher ones to the register behind it. */
  private static void interleave(Routine r, Op low, Op high, int to, int first, int second) {
    r.a.emit(low, Vec.ymm(to), Vec.ymm(first), Vec.ymm(second));
    r.a.emit(high, Vec.ymm(to + 1), Vec.ymm(first), Vec.ymm(second));
  }

  /** Four registers of {@link #transpose} to vectors that are {@code distance} bytes apart. */
  private static void storeHalf(Routine r, int half, int from, int offset, int distance) {
    for (int i = 0; i < 4; i++) {
      r.a.emit(Op.VMOVUPS, Mem.at(TARGET, offset + i * distance + 32 * half), Vec.ymm(from + i));
    }
  }

  private static Mem all(Routine r, int word) {
    return r.constant(word, word, word, word, word, word, word, word);
  }

  /**
   * Exchanges bits of two registers: those of {@code low} that stand {@code shift} places above the mask with those of {@code high} in the mask.
   */
  private static void exchange(Routine r, int low, int high, int shift, int mask, int spare) {
    Vec t = Vec.ymm(spare);
    r.a.emit(Op.VPSRLD, t, Vec.ymm(low), shift);
    r.a.emit(Op.VPXOR, t, t, Vec.ymm(high));
    r.a.emit(Op.VPAND, t, t, all(r, mask));
    r.a.emit(Op.VPXOR, Vec.ymm(high), Vec.ymm(high), t);
    r.a.emit(Op.VPSLLD, t, t, shift);
    r.a.emit(Op.VPXOR, Vec.ymm(low), Vec.ymm(low), t);
  }

  /** Quantised rows. */
  record Blocks(BlockFormat format) implements Routine.Generator {
    @Override
    public void write(Routine r) {
      enter(r);
      Label top = r.a.here();
      int scales = format.quantBytes();
      int behind = 8 * format.blockBytes();
      switch (format) {
        case Q4_0 -> {
          words(r, 2, 0, 0);
          copyHalves(r, 0, scales);
        }
        case Q4_1 -> {
          words(r, 4, 0, 0);
          copyHalves(r, 0, scales);
          copyHalves(r, 2, scales + 2 * BlockFormat.ROWS);
        }
        case Q5_0 -> {
          words(r, 6, 0, 0);
          plane(r, 2, 4 * BlockFormat.VECTOR);
          copyHalves(r, 0, scales);
        }
        case Q5_1 -> {
          words(r, 8, 0, 0);
          plane(r, 4, 4 * BlockFormat.VECTOR);
          copyHalves(r, 0, scales);
          copyHalves(r, 2, scales + 2 * BlockFormat.ROWS);
        }
        case Q8_0 -> {
          words(r, 2, 0, 0x80808080);
          words(r, 2 + PIECE, 4 * BlockFormat.VECTOR, 0x80808080);
          copyHalves(r, 0, scales);
        }
        case Q4_K, Q5_K -> {
          int quants = format == BlockFormat.Q4_K ? 16 : 48;
          for (int b = 0; b < 8; b++) {
            nibbles(r, quants + b / 2 * 32, b % 2 == 1, b * format.blockBytes());
          }
          if (format == BlockFormat.Q5_K) {
            planes5(r, 16);
          }
          scalesAndMinima(r);
          copyHalves(r, 0, behind);
          copyHalves(r, 2, behind + 2 * BlockFormat.ROWS);
        }
        case Q6_K -> {
          for (int b = 0; b < 8; b++) {
            nibbles(r, b / 4 * 64 + b % 2 * 32, b % 4 / 2 == 1, b * format.blockBytes());
          }
          for (int piece = 0; piece < 4; piece++) {
            planes6(r, 128 + piece * PIECE, piece / 2 * 4, piece % 2);
          }
          scalesByHalves(r, 192);
          copyHalves(r, 208, behind);
        }
      }
      advance(r, format.type.blockBytes(), format.stride());
      r.a.dec(LEFT);
      r.a.jcc(Condition.NOT_EQUAL, top);
      r.leave();
    }

    /** 16 bits of each row. */
    private static void copyHalves(Routine r, int from, int to) {
      for (int row = 0; row < BlockFormat.ROWS; row++) {
        r.a.movzx16(VALUE, row(row, from));
        r.a.mov16(Mem.at(TARGET, to + 2 * row), VALUE);
      }
    }

    /** Four words of each row as they are, but for the bits of {@code invert}. */
    private static void words(Routine r, int from, int to, int invert) {
      for (int half = 0; half < 2; half++) {
        loadHalf(r, half, 0, from);
        if (invert != 0) {
          for (int i = 0; i < 4; i++) {
            r.a.emit(Op.VPXOR, Vec.ymm(i), Vec.ymm(i), all(r, invert));
          }
        }
        transpose(r, 0, 4);
        storeHalf(r, half, 0, to, BlockFormat.VECTOR);
      }
    }

    /** Of 32 bytes the lower or the upper nibbles: those of the last 16 bytes go above those of the first. */
    private static void nibbles(Routine r, int from, boolean upper, int to) {
      Assembler a = r.a;
      for (int half = 0; half < 2; half++) {
        loadHalf(r, half, 0, from);
        loadHalf(r, half, 4, from + PIECE);
        for (int i = 0; i < 4; i++) {
          Vec first = Vec.ymm(i);
          Vec last = Vec.ymm(4 + i);
          if (upper) {
            a.emit(Op.VPSRLW, first, first, 4);
          } else {
            a.emit(Op.VPSLLW, last, last, 4);
          }
          a.emit(Op.VPAND, first, first, all(r, NIBBLES));
          a.emit(Op.VPAND, last, last, all(r, HIGH_NIBBLES));
          a.emit(Op.VPOR, first, first, last);
        }
        transpose(r, 0, 4);
        storeHalf(r, half, 0, to, BlockFormat.VECTOR);
      }
    }

    /** A word of each row: its bit 4i + j becomes bit i of byte j. */
    private static void plane(Routine r, int from, int to) {
      for (int row = 0; row < BlockFormat.ROWS; row++) {
        r.a.mov32(VALUE, row(row, from));
        r.a.mov32(Mem.at(TARGET, to + 4 * row), VALUE);
      }
      for (int half = 0; half < 2; half++) {
        Mem place = Mem.at(TARGET, to + 32 * half);
        r.a.emit(Op.VMOVUPS, Vec.ymm(0), place);
        // The index of a bit, i2 i1 i0 j1 j0, turns into j1 j0 i2 i1 i0: in each step two of its digits change places.
        for (int[] digits : new int[][] {{4, 1}, {3, 0}, {2, 1}, {1, 0}}) {
          exchangeWithin(r, digits[0], digits[1]);
        }
        r.a.emit(Op.VMOVUPS, place, Vec.ymm(0));
      }
    }

    /** In each word of the first register, exchanges the bits whose indices differ in two binary digits, {@code high} > {@code low}. */
    private static void exchangeWithin(Routine r, int high, int low) {
      int mask = 0;
      for (int bit = 0; bit < 32; bit++) {
        if ((bit >> low & 1) == 1 && (bit >> high & 1) == 0) {
          mask |= 1 << bit;
        }
      }
      int shift = (1 << high) - (1 << low);
      Vec x = Vec.ymm(0);
      Vec t = Vec.ymm(1);
      r.a.emit(Op.VPSRLD, t, x, shift);
      r.a.emit(Op.VPXOR, t, t, x);
      r.a.emit(Op.VPAND, t, t, all(r, mask));
      r.a.emit(Op.VPXOR, x, x, t);
      r.a.emit(Op.VPSLLD, t, t, shift);
      r.a.emit(Op.VPXOR, x, x, t);
    }

    /** 32 bytes of each row, bit b of which belongs to block b: byte 4i + j gives bit i of byte j. */
    private void planes5(Routine r, int from) {
      for (int half = 0; half < 2; half++) {
        loadHalf(r, half, 0, from);
        transpose(r, 0, 8);
        loadHalf(r, half, 4, from + PIECE);
        transpose(r, 4, 8);
        // Eight words of eight bits in each byte: bit b of word i and bit i of word b change places.
        for (int i = 0; i < 4; i++) {
          exchange(r, i, i + 4, 4, 0x0F0F0F0F, 8);
        }
        for (int i : new int[] {0, 1, 4, 5}) {
          exchange(r, i, i + 2, 2, 0x33333333, 8);
        }
        for (int i = 0; i < 8; i += 2) {
          exchange(r, i, i + 1, 1, 0x55555555, 8);
        }
        int plane = 4 * BlockFormat.VECTOR;
        storeHalf(r, half, 0, plane, format.blockBytes());
        storeHalf(r, half, 4, 4 * format.blockBytes() + plane, format.blockBytes());
      }
    }

    /** 16 bytes of each row, pair of bits b of which belongs to block {@code block} + b: byte 4i + j gives pair i of byte j. */
    private void planes6(Routine r, int from, int block, int plane) {
      for (int half = 0; half < 2; half++) {
        loadHalf(r, half, 0, from);
        transpose(r, 0, 4);
        exchange(r, 0, 2, 4, 0x0F0F0F0F, 4);
        exchange(r, 1, 3, 4, 0x0F0F0F0F, 4);
        exchange(r, 0, 1, 2, 0x33333333, 4);
        exchange(r, 2, 3, 2, 0x33333333, 4);
        storeHalf(r, half, 0, block * format.blockBytes() + (4 + plane) * BlockFormat.VECTOR, format.blockBytes());
      }
    }

    /** 6-bit scales and minima: of words s0, s1, s2 the lower 6 bits of s0 and s1; then nibbles of s2, below the upper 2 bits of s0 and s1. */
    private void scalesAndMinima(Routine r) {
      Assembler a = r.a;
      for (int half = 0; half < 2; half++) {
        loadHalf(r, half, 8, 0);
        transpose(r, 8, 12);
        Vec[] words = {Vec.ymm(9), Vec.ymm(10)};
        Vec nibbles = Vec.ymm(11);
        for (int i = 0; i < 2; i++) {
          Vec low = Vec.ymm(4 * half + i);
          Vec high = Vec.ymm(4 * half + 2 + i);
          a.emit(Op.VPAND, low, words[i], all(r, 0x3F3F3F3F));
          a.emit(Op.VPAND, words[i], words[i], all(r, 0xC0C0C0C0));
          a.emit(Op.VPSRLD, words[i], words[i], 2);
          a.emit(Op.VPAND, high, nibbles, all(r, NIBBLES));
          a.emit(Op.VPOR, high, high, words[i]);
          a.emit(Op.VPSRLW, nibbles, nibbles, 4);
        }
      }
      for (int i = 0; i < 4; i++) {
        int place = i / 2 * 4 * format.blockBytes() + format.quantBytes() + i % 2 * BlockFormat.ROWS;
        storeBytes(r, i, place, place + format.blockBytes(), place + 2 * format.blockBytes(), place + 3 * format.blockBytes());
      }
    }

    /** 16 bytes of each row: two for each block. */
    private void scalesByHalves(Routine r, int from) {
      for (int half = 0; half < 2; half++) {
        loadHalf(r, half, 4 * half, from);
        transpose(r, 4 * half, 8);
      }
      for (int i = 0; i < 4; i++) {
        int place = 2 * i * format.blockBytes() + format.quantBytes();
        storeBytes(r, i, place, place + BlockFormat.ROWS, place + format.blockBytes(), place + format.blockBytes() + BlockFormat.ROWS);
      }
    }

    /** Byte j of all words in the registers {@code word} (eight rows) and {@code word} + 4 (the others) to the place j. */
    private static void storeBytes(Routine r, int word, int... places) {
      Assembler a = r.a;
      Vec order = Vec.ymm(8);
      r.load(order, r.constant(0, 4, 1, 5, 2, 6, 3, 7));
      for (Vec v : new Vec[] {Vec.ymm(word), Vec.ymm(word + 4)}) {
        a.emit(Op.VPSHUFB, v, v, r.constant(0x0C080400, 0x0D090501, 0x0E0A0602, 0x0F0B0703, 0x0C080400, 0x0D090501, 0x0E0A0602, 0x0F0B0703));
        a.emit(Op.VPERMD, v, order, v);
      }
      interleave(r, Op.VPUNPCKLQDQ, Op.VPUNPCKHQDQ, 9, word, word + 4);
      for (int i = 0; i < 2; i++) {
        a.emit(Op.VMOVUPS, Mem.at(TARGET, places[i]), Vec.xmm(9 + i));
        a.emit(Op.VEXTRACTI128, Mem.at(TARGET, places[2 + i]), Vec.ymm(9 + i), 1);
      }
    }
  }

  /** Rows of floats. */
  record Floats(FloatFormat format) implements Routine.Generator {
    @Override
    public void write(Routine r) {
      Assembler a = r.a;
      enter(r);
      int columns = PIECE / format.size;
      Label rest = new Label();
      Label end = new Label();
      a.sub(LEFT, columns);
      a.jcc(Condition.LESS, rest);
      Label top = a.here();
      if (format.size == Float.BYTES) {
        Blocks.words(r, 0, 0, 0);
      } else {
        halves(r);
      }
      advance(r, PIECE, columns * format.columnBytes());
      a.sub(LEFT, columns);
      a.jcc(Condition.GREATER_OR_EQUAL, top);
      a.bind(rest);
      a.add(LEFT, columns);
      a.jcc(Condition.EQUAL, end);
      Label one = a.here();
      for (int row = 0; row < BlockFormat.ROWS; row++) {
        if (format.size == Float.BYTES) {
          a.mov32(VALUE, row(row, 0));
          a.mov32(Mem.at(TARGET, 4 * row), VALUE);
        } else {
          a.movzx16(VALUE, row(row, 0));
          a.mov16(Mem.at(TARGET, 2 * row), VALUE);
        }
      }
      advance(r, format.size, format.columnBytes());
      a.dec(LEFT);
      a.jcc(Condition.NOT_EQUAL, one);
      a.bind(end);
      r.leave();
    }

    /** Eight columns of 16 bits: in each half of the registers 8 × 8 are transposed. */
    private void halves(Routine r) {
      for (int i = 0; i < 8; i++) {
        load(r, i, i, 8 + i, 0);
      }
      for (int i = 0; i < 8; i += 2) {
        interleave(r, Op.VPUNPCKLWD, Op.VPUNPCKHWD, 8 + i, i, i + 1);
      }
      for (int i = 0; i < 4; i++) {
        int first = 8 + i / 2 * 4 + i % 2;
        interleave(r, Op.VPUNPCKLDQ, Op.VPUNPCKHDQ, 2 * i, first, first + 2);
      }
      for (int i = 0; i < 4; i++) {
        interleave(r, Op.VPUNPCKLQDQ, Op.VPUNPCKHQDQ, 8 + 2 * i, i, 4 + i);
      }
      for (int i = 0; i < 8; i++) {
        r.a.emit(Op.VMOVUPS, Mem.at(TARGET, i * format.columnBytes()), Vec.ymm(8 + i));
      }
    }
  }
}
