package io.mvlm.kernels.vector;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Species of the preferred width, and the constants that the kernels share.
 *
 * <p>What all kernels of this package keep to, so that C2 compiles them the same way in every JVM, whatever it compiled before:
 * <ul>
 * <li>No method takes or gives a vector, but those of the Vector API. These are inlined in any case; methods of our own are not, once the
 * method around them has become large ({@code NodeCountInliningCutoff}), or once they have been compiled by themselves: and C2 then boxes
 * what the call takes and gives, and what else lives across it.
 * <li>A kernel has at most some eighty operations. Beyond twice as many C2 leaves operations of the Vector API as calls
 * ({@code LiveNodeCountInliningCutoff}).
 * <li>No vector lives across a call, in an array, or in a field that is no constant.
 * <li>A segment goes through {@link Native} in each method that loads from it or stores to it.
 * <li>All vectors have one width: where the Vector API meets two, C2 may not know which one it has, and boxes it.
 * </ul>
 */
final class Lanes {
  static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_PREFERRED;
  /** 32-bit lanes of a vector: 4, 8 or 16. */
  static final int LANES = FLOATS.length();
  static final int BYTES = FLOATS.vectorByteSize();
  static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  /**
   * Sign, exponent and mantissa of an f16 that was shifted into place. A word holds two: {@code word << 16 >> 3 & F16_BITS} is the lower one
   * and {@code word >> 3 & F16_BITS} the upper one, as floats of 2^−112 times the value, exact for subnormals too.
   */
  static final IntVector F16_BITS = IntVector.broadcast(INTS, 0x8fffe000);

  /**
   * The lane so far away, for sums over a vector in one order, whether interpreted or compiled, which {@code reduceLanes} does not promise: the
   * same input has the same answer however warm the JVM is.
   */
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
}
