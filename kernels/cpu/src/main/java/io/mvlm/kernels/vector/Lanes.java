package io.mvlm.kernels.vector;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** Species of the preferred width, and the conversions that the kernels share. All are meant to be inlined. */
final class Lanes {
  static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_PREFERRED;
  /** As many 16-bit lanes as {@link #INTS} has. */
  static final VectorSpecies<Short> HALF_SHORTS = VectorSpecies.of(short.class, VectorShape.forBitSize(Math.max(64, FLOATS.vectorBitSize() / 2)));
  /** 32-bit lanes of a vector: 4, 8 or 16. */
  static final int LANES = FLOATS.length();
  static final int BYTES = FLOATS.vectorByteSize();
  static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  /** Sign, exponent and mantissa of an f16 that was shifted into place. */
  static final int F16_BITS = 0x8fffe000;

  /** The lane so far away, for sums over a vector. */
  static final VectorShuffle<Float> BY_EIGHT = partner(8);
  static final VectorShuffle<Float> BY_FOUR = partner(4);
  static final VectorShuffle<Float> BY_TWO = partner(2);
  static final VectorShuffle<Float> BY_ONE = partner(1);

  private Lanes() {}

  private static VectorShuffle<Float> partner(int distance) {
    return VectorShuffle.fromOp(FLOATS, lane -> (lane ^ distance) & LANES - 1);
  }

  /** Whether a vector covers the sixteen rows of a group in one, two or four steps, as all kernels of this package take for granted. */
  static boolean fit() {
    return LANES == 4 || LANES == 8 || LANES == 16;
  }

  /** The f16 in the lower halves, times 2^−112: sign to bit 31, exponent and mantissa to their places, exact for subnormals too. */
  static FloatVector lowerHalf(IntVector pairs) {
    return pairs.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 3).and(F16_BITS).reinterpretAsFloats();
  }

  /** The f16 in the upper halves, times 2^−112. */
  static FloatVector upperHalf(IntVector pairs) {
    return pairs.lanewise(VectorOperators.ASHR, 3).and(F16_BITS).reinterpretAsFloats();
  }

  /**
   * The sum of all lanes, in one order whether it is interpreted or compiled, which {@code reduceLanes} does not promise: the same input has
   * the same answer however warm the JVM is.
   */
  static float sum(FloatVector x) {
    if (LANES > 8) {
      x = x.add(x.rearrange(BY_EIGHT));
    }
    if (LANES > 4) {
      x = x.add(x.rearrange(BY_FOUR));
    }
    x = x.add(x.rearrange(BY_TWO));
    return x.add(x.rearrange(BY_ONE)).lane(0);
  }

  static FloatVector toFloats(IntVector x) {
    return (FloatVector) x.convert(VectorOperators.I2F, 0);
  }
}
