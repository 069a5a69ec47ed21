package io.mvlm.kernels.codegen;

import io.mvlm.kernels.codegen.x86.Assembler;
import io.mvlm.kernels.codegen.x86.Condition;
import io.mvlm.kernels.codegen.x86.Gpr;
import io.mvlm.kernels.codegen.x86.Label;
import io.mvlm.kernels.codegen.x86.Mem;
import io.mvlm.kernels.codegen.x86.Op;
import io.mvlm.kernels.codegen.x86.Vec;

/**
 * What generated code does to read a block of a {@link BlockFormat}: quants of four columns at a time, scales and minima, each with the rows of
 * a group across its lanes.
 */
final class BlockCode {
  private final Routine r;
  private final Assembler a;
  private final BlockFormat format;
  private final Gpr block;
  private final Gpr behind;
  /** What was read; {@code other} is for intermediate results. */
  final Vec quants;
  final Vec other;
  private final Vec lowMask;
  private final Vec plane;
  private final Vec highMask;
  /** The part of a group at hand, for vectors shorter than a group. */
  int part;

  /**
   * @param block points to the block
   * @param behind points to what stands behind a super-block
   * @param firstVector of five that belong to this code
   */
  BlockCode(Routine r, BlockFormat format, Gpr block, Gpr behind, int firstVector) {
    this.r = r;
    this.a = r.a;
    this.format = format;
    this.block = block;
    this.behind = behind;
    this.quants = r.vec(firstVector);
    this.other = r.vec(firstVector + 1);
    this.lowMask = r.vec(firstVector + 2);
    this.plane = r.vec(firstVector + 3);
    this.highMask = r.vec(firstVector + 4);
  }

  /**
   * Goes from block to block.
   *
   * @param strides a register with {@link BlockFormat#strides}, which is lost
   * @param inner a register that is lost where the format has super-blocks
   * @param body the code for one block, which moves on whatever else goes along with it
   */
  void forEachBlock(Gpr strides, Gpr inner, Runnable body) {
    a.align(16);
    Label stride = a.here();
    if (format.hasSuperBlocks()) {
      a.lea(behind, Mem.at(block, format.blocksTogether() * format.blockBytes()));
      a.mov(inner, format.blocksTogether());
    }
    Label next = a.here();
    body.run();
    a.add(block, format.blockBytes());
    if (format.hasSuperBlocks()) {
      a.dec(inner);
      a.jcc(Condition.NOT_EQUAL, next);
      a.add(block, format.scales.superBytes);
    }
    a.dec(strides);
    a.jcc(Condition.NOT_EQUAL, stride);
  }

  /** Before the first block. */
  void loadMasks() {
    if (format.bits < 8) {
      r.setAll(lowMask, 0x0F0F0F0F);
    }
    if (format.bits == 5 || format.bits == 6) {
      r.setAll(highMask, format.bits == 5 ? 0x10101010 : 0x30303030);
    }
  }

  /** At the beginning of each block. */
  void begin() {
    if (format.bits == 5) {
      r.load(plane, vector(4));
    }
  }

  /** quants = columns 4i … 4i+3 of each row, unsigned bytes. */
  void unpack(int i) {
    if (format.bits == 8) {
      r.load(quants, vector(i));
      return;
    }
    if (i < 4) {
      a.emit(Op.VPAND, quants, lowMask, vector(i));
    } else {
      r.shift(Op.VPSRLW, quants, vector(i - 4), 4);
      a.emit(Op.VPAND, quants, quants, lowMask);
    }
    if (format.bits == 5) {
      // bit i of each byte to bit 4
      if (i == 4) {
        join(plane);
      } else {
        a.emit(i < 4 ? Op.VPSLLD : Op.VPSRLD, other, plane, Math.abs(4 - i));
        join(other);
      }
    } else if (format.bits == 6) {
      // bits 2i, 2i + 1 of each byte to bits 4, 5
      int from = i % 4 * 2;
      if (from == 4) {
        r.load(other, vector(4 + i / 4));
      } else {
        r.shift(from < 4 ? Op.VPSLLD : Op.VPSRLD, other, vector(4 + i / 4), Math.abs(4 - from));
      }
      join(other);
    }
  }

  /** The four 4-bit quants of columns 4i … in each lane, from bit {@code i / 4 * 4} of its bytes on, as they are stored. */
  Mem nibbles(int i) {
    return vector(i % 4);
  }

  /** quants |= high & highMask */
  private void join(Vec high) {
    if (r.is512()) {
      a.emit(Op.VPTERNLOGD, quants, high, highMask, Routine.OR_AND);
    } else {
      a.emit(Op.VPAND, other, high, highMask);
      a.emit(Op.VPOR, quants, quants, other);
    }
  }

  /** quants = the scales of the rows. */
  void scale() {
    if (format.hasSuperBlocks()) {
      superScale(Op.VPMOVZXBD, 0, 0);
    } else {
      a.emit(Op.VCVTPH2PS, quants, scalePlace(0, 2));
    }
  }

  /** quants = the scales of the rows for the first or the last 16 columns. */
  void halfScale(int half) {
    superScale(Op.VPMOVSXBD, half * BlockFormat.ROWS, 0);
  }

  /** quants = the minima of the rows, with the file's sign. */
  void minimum() {
    if (format.hasSuperBlocks()) {
      superScale(Op.VPMOVZXBD, BlockFormat.ROWS, 2 * BlockFormat.ROWS);
    } else {
      a.emit(Op.VCVTPH2PS, quants, scalePlace(2 * BlockFormat.ROWS, 2));
    }
  }

  private void superScale(Op widen, int offset, int behindOffset) {
    a.emit(widen, quants, scalePlace(offset, 1));
    a.emit(Op.VCVTDQ2PS, quants, quants);
    a.emit(Op.VCVTPH2PS, other, Mem.at(behind, behindOffset + part * r.tier.lanes() * 2));
    a.emit(Op.VMULPS, quants, quants, other);
  }

  /** One of the vectors of a block, or the part of it at hand. */
  private Mem vector(int index) {
    return Mem.at(block, index * BlockFormat.VECTOR + part * r.tier.bits() / 8);
  }

  private Mem scalePlace(int offset, int size) {
    return Mem.at(block, format.quantBytes() + offset + part * r.tier.lanes() * size);
  }
}
