package io.mvlm.kernels.vector;

import static io.mvlm.kernels.vector.Lanes.FLOATS;
import static io.mvlm.kernels.vector.Lanes.INTS;
import static io.mvlm.kernels.vector.Lanes.ORDER;
import static io.mvlm.kernels.vector.PackedLayout.VECTOR;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * Integers of a unit to floats, q·scale + addend, a column after the other. Scale and addend come in the first two rows of the target: as
 * arguments they would be boxed where C2 does not inline the call.
 */
final class Unpacking {
  private Unpacking() {}

  /** @param vectors of 8 columns each */
  static void fourBits(MemorySegment w, long at, int vectors, MemorySegment strip, long to) {
    FloatVector scale = FloatVector.fromMemorySegment(FLOATS, strip, to, ORDER);
    FloatVector addend = FloatVector.fromMemorySegment(FLOATS, strip, to + VECTOR, ORDER);
    for (int i = 0; i < vectors; i++) {
      IntVector v = IntVector.fromMemorySegment(INTS, w, at + i * VECTOR, ORDER);
      for (int j = 0; j < 4; j++) {
        Lanes.toFloats(v.and(15)).fma(scale, addend).intoMemorySegment(strip, to, ORDER);
        Lanes.toFloats(v.lanewise(LSHR, 16).and(15)).fma(scale, addend).intoMemorySegment(strip, to + VECTOR, ORDER);
        v = v.lanewise(LSHR, 4);
        to += 2 * VECTOR;
      }
    }
  }

  /** Columns 2·lane and 2·lane + 1 of a block, {@code count} times from {@code lane} on; a weight may stand in two neighbouring words. */
  static void bits(MemorySegment w, long at, int bits, int lane, int count, MemorySegment strip, long to) {
    FloatVector scale = FloatVector.fromMemorySegment(FLOATS, strip, to, ORDER);
    FloatVector addend = FloatVector.fromMemorySegment(FLOATS, strip, to + VECTOR, ORDER);
    int mask = (1 << bits) - 1;
    for (int bit = lane * bits; bit < (lane + count) * bits; bit += bits) {
      long word = at + bit / 16 * VECTOR;
      IntVector v = IntVector.fromMemorySegment(INTS, w, word, ORDER);
      IntVector next = IntVector.fromMemorySegment(INTS, w, word + VECTOR, ORDER); // at the end of the quants those are scales
      IntVector even = v.and(0xffff).or(next.lanewise(LSHL, 16)).lanewise(LSHR, bit % 16).and(mask);
      IntVector odd = v.lanewise(LSHR, 16).or(next.and(0xffff0000)).lanewise(LSHR, bit % 16).and(mask);
      Lanes.toFloats(even).fma(scale, addend).intoMemorySegment(strip, to, ORDER);
      Lanes.toFloats(odd).fma(scale, addend).intoMemorySegment(strip, to + VECTOR, ORDER);
      to += 2 * VECTOR;
    }
  }

  /** See {@link IntegerProducts#eightBits}. @param vectors of 4 columns each */
  static void eightBits(MemorySegment w, long at, int vectors, MemorySegment strip, long to) {
    FloatVector scale = FloatVector.fromMemorySegment(FLOATS, strip, to, ORDER);
    FloatVector addend = FloatVector.fromMemorySegment(FLOATS, strip, to + VECTOR, ORDER);
    for (int i = 0; i < vectors; i++) {
      IntVector v = IntVector.fromMemorySegment(INTS, w, at + i * VECTOR, ORDER);
      Lanes.toFloats(v.lanewise(LSHL, 24).lanewise(ASHR, 24)).fma(scale, addend).intoMemorySegment(strip, to, ORDER);
      Lanes.toFloats(v.lanewise(LSHL, 8).lanewise(ASHR, 24)).fma(scale, addend).intoMemorySegment(strip, to + VECTOR, ORDER);
      IntVector lower = v.lanewise(LSHL, 16).add(128 << 16).lanewise(ASHR, 24);
      Lanes.toFloats(lower).fma(scale, addend).intoMemorySegment(strip, to + 2 * VECTOR, ORDER);
      Lanes.toFloats(v.add(128 << 16).lanewise(ASHR, 24)).fma(scale, addend).intoMemorySegment(strip, to + 3 * VECTOR, ORDER);
      to += 4 * VECTOR;
    }
  }
}
