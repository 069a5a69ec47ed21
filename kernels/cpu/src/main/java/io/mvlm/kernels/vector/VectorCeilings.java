package io.mvlm.kernels.vector;

import static io.mvlm.kernels.vector.Lanes.FLOATS;
import static io.mvlm.kernels.vector.Lanes.LANES;
import static io.mvlm.kernels.vector.Lanes.ORDER;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** What memory and multipliers give at most: nothing but loads, nothing but multiply-adds. */
final class VectorCeilings {
  private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
  private static final int BYTES = LONGS.vectorByteSize();
  /**
   * Vectors of running sums. Two units that take four cycles each need eight, four units sixteen; but processors with sixteen registers
   * have no more than two units, and must keep room for the factor.
   */
  private static final int VECTORS = 14;
  /** Floats that {@link #multiplyAdds} leaves. */
  static final int SUMS = VECTORS * LANES;

  private VectorCeilings() {}

  /** @param bytes a multiple of 256: four vectors of 512 bits */
  static long sumWords(MemorySegment memory, long offset, int bytes) {
    memory = Native.of(memory);
    Ranges.check(memory, offset, bytes + (-bytes & 4 * BYTES - 1));
    LongVector a = LongVector.zero(LONGS);
    LongVector b = a;
    LongVector c = a;
    LongVector d = a;
    for (int i = 0; i < bytes; i += 4 * BYTES) {
      a = a.add(LongVector.fromMemorySegment(LONGS, memory, offset + i, ORDER));
      b = b.add(LongVector.fromMemorySegment(LONGS, memory, offset + i + BYTES, ORDER));
      c = c.add(LongVector.fromMemorySegment(LONGS, memory, offset + i + 2 * BYTES, ORDER));
      d = d.add(LongVector.fromMemorySegment(LONGS, memory, offset + i + 3 * BYTES, ORDER));
    }
    return a.add(b).add(c.add(d)).reduceLanes(VectorOperators.ADD);
  }

  /** Each round is a = a/2 + 1/2 for all {@link #SUMS} sums; returns rounds·SUMS. */
  static long multiplyAdds(int rounds, float[] sums) {
    Ranges.check(sums, 0, SUMS);
    FloatVector x = FloatVector.broadcast(FLOATS, 0.5f);
    FloatVector a = FloatVector.zero(FLOATS);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    FloatVector e = a;
    FloatVector f = a;
    FloatVector g = a;
    FloatVector h = a;
    FloatVector i = a;
    FloatVector j = a;
    FloatVector k = a;
    FloatVector l = a;
    FloatVector m = a;
    FloatVector n = a;
    for (int r = 0; r < rounds; r++) {
      a = a.fma(x, x);
      b = b.fma(x, x);
      c = c.fma(x, x);
      d = d.fma(x, x);
      e = e.fma(x, x);
      f = f.fma(x, x);
      g = g.fma(x, x);
      h = h.fma(x, x);
      i = i.fma(x, x);
      j = j.fma(x, x);
      k = k.fma(x, x);
      l = l.fma(x, x);
      m = m.fma(x, x);
      n = n.fma(x, x);
    }
    a.intoArray(sums, 0);
    b.intoArray(sums, LANES);
    c.intoArray(sums, 2 * LANES);
    d.intoArray(sums, 3 * LANES);
    e.intoArray(sums, 4 * LANES);
    f.intoArray(sums, 5 * LANES);
    g.intoArray(sums, 6 * LANES);
    h.intoArray(sums, 7 * LANES);
    i.intoArray(sums, 8 * LANES);
    j.intoArray(sums, 9 * LANES);
    k.intoArray(sums, 10 * LANES);
    l.intoArray(sums, 11 * LANES);
    m.intoArray(sums, 12 * LANES);
    n.intoArray(sums, 13 * LANES);
    return (long) rounds * SUMS;
  }
}
