package io.mvlm.kernels.vector;

import static io.mvlm.kernels.vector.F32Tile.ROW_BYTES;
import static io.mvlm.kernels.vector.Lanes.FLOATS;
import static io.mvlm.kernels.vector.Lanes.INTS;
import static io.mvlm.kernels.vector.Lanes.ORDER;
import static io.mvlm.kernels.vector.PackedLayout.VECTOR;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * Integers of a unit to floats, q·scale + addend, a column (a row of the panel) after the other. Scale and addend come in the first two rows of
 * the target: as arguments they would be boxed where C2 does not inline the call.
 */
final class Unpacking {
  private Unpacking() {}

  /** @param vectors of 8 columns each */
  static void fourBits(MemorySegment w, long at, int vectors, MemorySegment panel, long to) {
    w = Native.of(w);
    panel = Native.of(panel);
    FloatVector scale = FloatVector.fromMemorySegment(FLOATS, panel, to, ORDER);
    FloatVector addend = FloatVector.fromMemorySegment(FLOATS, panel, to + ROW_BYTES, ORDER);
    for (int i = 0; i < vectors; i++) {
      IntVector v = IntVector.fromMemorySegment(INTS, w, at + i * VECTOR, ORDER);
      for (int j = 0; j < 4; j++) {
        ((FloatVector) v.and(15).convert(I2F, 0)).fma(scale, addend).intoMemorySegment(panel, to, ORDER);
        ((FloatVector) v.lanewise(LSHR, 16).and(15).convert(I2F, 0)).fma(scale, addend)
            .intoMemorySegment(panel, to + ROW_BYTES, ORDER);
        v = v.lanewise(LSHR, 4);
        to += 2 * ROW_BYTES;
      }
    }
  }

  /**
   * A block: five words of a lane, see {@link IntegerProducts#fiveBits}. What word i leaves, i + 1 bits, begins a weight of the next word. First the
   * even columns, then the odd ones: both at once are more than C2 inlines.
   */
  static void fiveBits(MemorySegment w, long at, MemorySegment panel, long to) {
    w = Native.of(w);
    panel = Native.of(panel);
    FloatVector scale = FloatVector.fromMemorySegment(FLOATS, panel, to, ORDER);
    FloatVector addend = FloatVector.fromMemorySegment(FLOATS, panel, to + ROW_BYTES, ORDER);
    for (int half = 0; half < 2; half++) {
      IntVector rest = IntVector.zero(INTS);
      long row = to + half * ROW_BYTES;
      for (int i = 0; i < 5; i++) {
        IntVector v = IntVector.fromMemorySegment(INTS, w, at + i * VECTOR, ORDER).lanewise(LSHR, 16 * half).and(0xffff);
        ((FloatVector) v.lanewise(LSHL, i).and(31).or(rest).convert(I2F, 0)).fma(scale, addend).intoMemorySegment(panel, row, ORDER);
        ((FloatVector) v.lanewise(LSHR, 5 - i).and(31).convert(I2F, 0)).fma(scale, addend)
            .intoMemorySegment(panel, row + 2 * ROW_BYTES, ORDER);
        ((FloatVector) v.lanewise(LSHR, 10 - i).and(31).convert(I2F, 0)).fma(scale, addend)
            .intoMemorySegment(panel, row + 4 * ROW_BYTES, ORDER);
        rest = v.lanewise(LSHR, 15 - i);
        row += 6 * ROW_BYTES;
      }
      ((FloatVector) rest.convert(I2F, 0)).fma(scale, addend).intoMemorySegment(panel, row, ORDER);
    }
  }

  /** Sixteen columns: three words of a lane, see {@link IntegerProducts#sixBits}; else as {@link #fiveBits}. */
  static void sixBits(MemorySegment w, long at, MemorySegment panel, long to) {
    w = Native.of(w);
    panel = Native.of(panel);
    FloatVector scale = FloatVector.fromMemorySegment(FLOATS, panel, to, ORDER);
    FloatVector addend = FloatVector.fromMemorySegment(FLOATS, panel, to + ROW_BYTES, ORDER);
    for (int half = 0; half < 2; half++) {
      IntVector v = IntVector.fromMemorySegment(INTS, w, at, ORDER).lanewise(LSHR, 16 * half).and(0xffff);
      long row = to + half * ROW_BYTES;
      ((FloatVector) v.and(63).convert(I2F, 0)).fma(scale, addend).intoMemorySegment(panel, row, ORDER);
      ((FloatVector) v.lanewise(LSHR, 6).and(63).convert(I2F, 0)).fma(scale, addend).intoMemorySegment(panel, row + 2 * ROW_BYTES, ORDER);
      IntVector rest = v.lanewise(LSHR, 12);
      for (int i = 1; i < 3; i++) {
        row += i == 1 ? 4 * ROW_BYTES : 6 * ROW_BYTES;
        v = IntVector.fromMemorySegment(INTS, w, at + i * VECTOR, ORDER).lanewise(LSHR, 16 * half).and(0xffff);
        ((FloatVector) v.lanewise(LSHL, 6 - 2 * i).and(63).or(rest).convert(I2F, 0)).fma(scale, addend)
            .intoMemorySegment(panel, row, ORDER);
        ((FloatVector) v.lanewise(LSHR, 2 * i).and(63).convert(I2F, 0)).fma(scale, addend)
            .intoMemorySegment(panel, row + 2 * ROW_BYTES, ORDER);
        ((FloatVector) v.lanewise(LSHR, 2 * i + 6).and(63).convert(I2F, 0)).fma(scale, addend)
            .intoMemorySegment(panel, row + 4 * ROW_BYTES, ORDER);
        rest = v.lanewise(LSHR, 14);
      }
    }
  }

  /** See {@link IntegerProducts#eightBits}. @param vectors of 4 columns each */
  static void eightBits(MemorySegment w, long at, int vectors, MemorySegment panel, long to) {
    w = Native.of(w);
    panel = Native.of(panel);
    FloatVector scale = FloatVector.fromMemorySegment(FLOATS, panel, to, ORDER);
    FloatVector addend = FloatVector.fromMemorySegment(FLOATS, panel, to + ROW_BYTES, ORDER);
    for (int i = 0; i < vectors; i++) {
      IntVector v = IntVector.fromMemorySegment(INTS, w, at + i * VECTOR, ORDER);
      ((FloatVector) v.lanewise(LSHL, 24).lanewise(ASHR, 24).convert(I2F, 0)).fma(scale, addend).intoMemorySegment(panel, to, ORDER);
      ((FloatVector) v.lanewise(LSHL, 8).lanewise(ASHR, 24).convert(I2F, 0)).fma(scale, addend)
          .intoMemorySegment(panel, to + ROW_BYTES, ORDER);
      IntVector lower = v.lanewise(LSHL, 16).add(128 << 16).lanewise(ASHR, 24);
      ((FloatVector) lower.convert(I2F, 0)).fma(scale, addend).intoMemorySegment(panel, to + 2 * ROW_BYTES, ORDER);
      ((FloatVector) v.add(128 << 16).lanewise(ASHR, 24).convert(I2F, 0)).fma(scale, addend)
          .intoMemorySegment(panel, to + 3 * ROW_BYTES, ORDER);
      to += 4 * ROW_BYTES;
    }
  }
}
