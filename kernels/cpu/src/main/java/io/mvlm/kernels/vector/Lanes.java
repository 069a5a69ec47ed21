package io.mvlm.kernels.vector;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
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

  private Lanes() {}

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

  static FloatVector toFloats(IntVector x) {
    return (FloatVector) x.convert(VectorOperators.I2F, 0);
  }
}
