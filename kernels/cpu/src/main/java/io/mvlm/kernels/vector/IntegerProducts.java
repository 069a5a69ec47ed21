package io.mvlm.kernels.vector;

import static io.mvlm.kernels.vector.Lanes.BYTES;
import static io.mvlm.kernels.vector.Lanes.INTS;
import static io.mvlm.kernels.vector.Lanes.ORDER;
import static io.mvlm.kernels.vector.Lanes.SHORTS;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/**
 * Sums Σ (q − zero)·x of the units of a chunk (see {@link PackedLayout}) for the rows of a bundle, as 32-bit integers: of unit u, the four
 * vectors of the bundle stand from byte {@code 4·u·}{@link Lanes#BYTES} of {@code sums} on. The zero is 8, 16 or 32 for weights of 4, 5 or
 * 6 bits, and none for those of 8.
 *
 * <p>Four vectors share the broadcast of an activation; and their four streams of memory keep more lines under way than one would.
 *
 * <p>The methods loop where they can, see {@link Lanes}. Lane 2r of a 16-bit sum belongs to the even columns of row r, lane 2r + 1 to the odd
 * ones.
 */
final class IntegerProducts {
  /**
   * C2 keeps the number that shorts are shifted by in a register, which is two steps of an Intel processor. With AVX-512, and only there, it
   * is one to shift them by a vector of such numbers. (For weights of 5 and 8 bits that brought nothing.)
   */
  private static final boolean BY_VECTOR = Lanes.LANES == 16;

  private IntegerProducts() {}

  /** @param f {@link BitFactors} of 4 bits, from {@code fo} on */
  static void fourBits(MemorySegment w, long a, long b, long c, long d, int blocks, int[] f, int fo, MemorySegment sums) {
    w = Native.of(w);
    sums = Native.of(sums);
    ShortVector four = ShortVector.broadcast(SHORTS, (short) 4);
    for (int u = 0; u < blocks; u++) {
      int first = fo + 17 * u;
      ShortVector sa = IntVector.broadcast(INTS, f[first]).reinterpretAsShorts().mul((short) -8);
      ShortVector sb = sa;
      ShortVector sc = sa;
      ShortVector sd = sa;
      for (int i = 0; i < 4; i++) {
        long at = (4L * u + i) * PackedLayout.VECTOR;
        int k = first + 4 * i;
        ShortVector va = IntVector.fromMemorySegment(INTS, w, a + at, ORDER).reinterpretAsShorts();
        ShortVector vb = IntVector.fromMemorySegment(INTS, w, b + at, ORDER).reinterpretAsShorts();
        ShortVector vc = IntVector.fromMemorySegment(INTS, w, c + at, ORDER).reinterpretAsShorts();
        ShortVector vd = IntVector.fromMemorySegment(INTS, w, d + at, ORDER).reinterpretAsShorts();
        ShortVector x = IntVector.broadcast(INTS, f[k + 1]).reinterpretAsShorts();
        sa = va.mul(x).add(sa);
        sb = vb.mul(x).add(sb);
        sc = vc.mul(x).add(sc);
        sd = vd.mul(x).add(sd);
        x = IntVector.broadcast(INTS, f[k + 2]).reinterpretAsShorts();
        va = BY_VECTOR ? va.lanewise(LSHR, four) : va.lanewise(LSHR, 4);
        vb = BY_VECTOR ? vb.lanewise(LSHR, four) : vb.lanewise(LSHR, 4);
        vc = BY_VECTOR ? vc.lanewise(LSHR, four) : vc.lanewise(LSHR, 4);
        vd = BY_VECTOR ? vd.lanewise(LSHR, four) : vd.lanewise(LSHR, 4);
        sa = va.mul(x).add(sa);
        sb = vb.mul(x).add(sb);
        sc = vc.mul(x).add(sc);
        sd = vd.mul(x).add(sd);
        x = IntVector.broadcast(INTS, f[k + 3]).reinterpretAsShorts();
        va = BY_VECTOR ? va.lanewise(LSHR, four) : va.lanewise(LSHR, 4);
        vb = BY_VECTOR ? vb.lanewise(LSHR, four) : vb.lanewise(LSHR, 4);
        vc = BY_VECTOR ? vc.lanewise(LSHR, four) : vc.lanewise(LSHR, 4);
        vd = BY_VECTOR ? vd.lanewise(LSHR, four) : vd.lanewise(LSHR, 4);
        sa = va.mul(x).add(sa);
        sb = vb.mul(x).add(sb);
        sc = vc.mul(x).add(sc);
        sd = vd.mul(x).add(sd);
        x = IntVector.broadcast(INTS, f[k + 4]).reinterpretAsShorts();
        sa = (BY_VECTOR ? va.lanewise(LSHR, four) : va.lanewise(LSHR, 4)).mul(x).add(sa);
        sb = (BY_VECTOR ? vb.lanewise(LSHR, four) : vb.lanewise(LSHR, 4)).mul(x).add(sb);
        sc = (BY_VECTOR ? vc.lanewise(LSHR, four) : vc.lanewise(LSHR, 4)).mul(x).add(sc);
        sd = (BY_VECTOR ? vd.lanewise(LSHR, four) : vd.lanewise(LSHR, 4)).mul(x).add(sd);
      }
      IntVector words = sa.reinterpretAsInts();
      words.lanewise(LSHL, 16).lanewise(ASHR, 16).add(words.lanewise(ASHR, 16)).intoMemorySegment(sums, 4L * u * BYTES, ORDER);
      words = sb.reinterpretAsInts();
      words.lanewise(LSHL, 16).lanewise(ASHR, 16).add(words.lanewise(ASHR, 16)).intoMemorySegment(sums, (4L * u + 1) * BYTES, ORDER);
      words = sc.reinterpretAsInts();
      words.lanewise(LSHL, 16).lanewise(ASHR, 16).add(words.lanewise(ASHR, 16)).intoMemorySegment(sums, (4L * u + 2) * BYTES, ORDER);
      words = sd.reinterpretAsInts();
      words.lanewise(LSHL, 16).lanewise(ASHR, 16).add(words.lanewise(ASHR, 16)).intoMemorySegment(sums, (4L * u + 3) * BYTES, ORDER);
    }
  }

  /**
   * Five words of a lane, cut 5 5 5 1, 4 5 5 2, 3 5 5 3, 2 5 5 4, 1 5 5 5.
   *
   * @param f {@link BitFactors} of 5 bits, from {@code fo} on
   */
  static void fiveBits(MemorySegment w, long a, long b, long c, long d, int blocks, int[] f, int fo, MemorySegment sums) {
    w = Native.of(w);
    sums = Native.of(sums);
    for (int u = 0; u < blocks; u++) {
      int first = fo + 21 * u;
      ShortVector sa = IntVector.broadcast(INTS, f[first]).reinterpretAsShorts().mul((short) -16);
      ShortVector sb = sa;
      ShortVector sc = sa;
      ShortVector sd = sa;
      for (int i = 0; i < 5; i++) {
        long at = (5L * u + i) * PackedLayout.VECTOR;
        int k = first + 4 * i;
        ShortVector va = IntVector.fromMemorySegment(INTS, w, a + at, ORDER).reinterpretAsShorts();
        ShortVector vb = IntVector.fromMemorySegment(INTS, w, b + at, ORDER).reinterpretAsShorts();
        ShortVector vc = IntVector.fromMemorySegment(INTS, w, c + at, ORDER).reinterpretAsShorts();
        ShortVector vd = IntVector.fromMemorySegment(INTS, w, d + at, ORDER).reinterpretAsShorts();
        ShortVector x = IntVector.broadcast(INTS, f[k + 1]).reinterpretAsShorts();
        sa = va.mul(x).add(sa);
        sb = vb.mul(x).add(sb);
        sc = vc.mul(x).add(sc);
        sd = vd.mul(x).add(sd);
        x = IntVector.broadcast(INTS, f[k + 2]).reinterpretAsShorts();
        va = va.lanewise(LSHR, 5 - i);
        vb = vb.lanewise(LSHR, 5 - i);
        vc = vc.lanewise(LSHR, 5 - i);
        vd = vd.lanewise(LSHR, 5 - i);
        sa = va.mul(x).add(sa);
        sb = vb.mul(x).add(sb);
        sc = vc.mul(x).add(sc);
        sd = vd.mul(x).add(sd);
        x = IntVector.broadcast(INTS, f[k + 3]).reinterpretAsShorts();
        va = va.lanewise(LSHR, 5);
        vb = vb.lanewise(LSHR, 5);
        vc = vc.lanewise(LSHR, 5);
        vd = vd.lanewise(LSHR, 5);
        sa = va.mul(x).add(sa);
        sb = vb.mul(x).add(sb);
        sc = vc.mul(x).add(sc);
        sd = vd.mul(x).add(sd);
        x = IntVector.broadcast(INTS, f[k + 4]).reinterpretAsShorts();
        sa = va.lanewise(LSHR, 5).mul(x).add(sa);
        sb = vb.lanewise(LSHR, 5).mul(x).add(sb);
        sc = vc.lanewise(LSHR, 5).mul(x).add(sc);
        sd = vd.lanewise(LSHR, 5).mul(x).add(sd);
      }
      IntVector words = sa.reinterpretAsInts();
      words.lanewise(LSHL, 16).lanewise(ASHR, 16).add(words.lanewise(ASHR, 16)).intoMemorySegment(sums, 4L * u * BYTES, ORDER);
      words = sb.reinterpretAsInts();
      words.lanewise(LSHL, 16).lanewise(ASHR, 16).add(words.lanewise(ASHR, 16)).intoMemorySegment(sums, (4L * u + 1) * BYTES, ORDER);
      words = sc.reinterpretAsInts();
      words.lanewise(LSHL, 16).lanewise(ASHR, 16).add(words.lanewise(ASHR, 16)).intoMemorySegment(sums, (4L * u + 2) * BYTES, ORDER);
      words = sd.reinterpretAsInts();
      words.lanewise(LSHL, 16).lanewise(ASHR, 16).add(words.lanewise(ASHR, 16)).intoMemorySegment(sums, (4L * u + 3) * BYTES, ORDER);
    }
  }

  /**
   * Three words of a lane for each 16 columns, cut 6 6 4, 2 6 6 2, 4 6 6.
   *
   * @param halves units, two of them a block
   * @param f {@link BitFactors} of 6 bits, from {@code fo} on
   */
  static void sixBits(MemorySegment w, long a, long b, long c, long d, int halves, int[] f, int fo, MemorySegment sums) {
    w = Native.of(w);
    sums = Native.of(sums);
    ShortVector whole = ShortVector.broadcast(SHORTS, (short) 6);
    ShortVector last = ShortVector.broadcast(SHORTS, (short) 14);
    for (int u = 0; u < halves; u++) {
      int first = fo + 11 * u;
      long at = 3L * u * PackedLayout.VECTOR;
      ShortVector x = IntVector.broadcast(INTS, f[first]).reinterpretAsShorts().mul((short) -32);
      ShortVector sa = x;
      ShortVector sb = x;
      ShortVector sc = x;
      ShortVector sd = x;
      for (int i = 0; i < 3; i++) {
        int k = first + 3 * i + i / 2;
        long word = at + (long) i * PackedLayout.VECTOR;
        ShortVector va = ShortVector.fromMemorySegment(SHORTS, w, a + word, ORDER);
        ShortVector vb = ShortVector.fromMemorySegment(SHORTS, w, b + word, ORDER);
        ShortVector vc = ShortVector.fromMemorySegment(SHORTS, w, c + word, ORDER);
        ShortVector vd = ShortVector.fromMemorySegment(SHORTS, w, d + word, ORDER);
        x = IntVector.broadcast(INTS, f[k + 1]).reinterpretAsShorts();
        sa = va.mul(x).add(sa);
        sb = vb.mul(x).add(sb);
        sc = vc.mul(x).add(sc);
        sd = vd.mul(x).add(sd);
        x = IntVector.broadcast(INTS, f[k + 2]).reinterpretAsShorts();
        int length = i == 0 ? 6 : 2 * i; // of the first part
        ShortVector lengths = ShortVector.broadcast(SHORTS, (short) length);
        va = BY_VECTOR ? va.lanewise(LSHR, lengths) : va.lanewise(LSHR, length);
        vb = BY_VECTOR ? vb.lanewise(LSHR, lengths) : vb.lanewise(LSHR, length);
        vc = BY_VECTOR ? vc.lanewise(LSHR, lengths) : vc.lanewise(LSHR, length);
        vd = BY_VECTOR ? vd.lanewise(LSHR, lengths) : vd.lanewise(LSHR, length);
        sa = va.mul(x).add(sa);
        sb = vb.mul(x).add(sb);
        sc = vc.mul(x).add(sc);
        sd = vd.mul(x).add(sd);
        x = IntVector.broadcast(INTS, f[k + 3]).reinterpretAsShorts();
        sa = (BY_VECTOR ? va.lanewise(LSHR, whole) : va.lanewise(LSHR, 6)).mul(x).add(sa);
        sb = (BY_VECTOR ? vb.lanewise(LSHR, whole) : vb.lanewise(LSHR, 6)).mul(x).add(sb);
        sc = (BY_VECTOR ? vc.lanewise(LSHR, whole) : vc.lanewise(LSHR, 6)).mul(x).add(sc);
        sd = (BY_VECTOR ? vd.lanewise(LSHR, whole) : vd.lanewise(LSHR, 6)).mul(x).add(sd);
      }
      // The fourth part of the second word, two bits.
      x = IntVector.broadcast(INTS, f[first + 7]).reinterpretAsShorts();
      long second = at + PackedLayout.VECTOR;
      ShortVector va = ShortVector.fromMemorySegment(SHORTS, w, a + second, ORDER);
      sa = (BY_VECTOR ? va.lanewise(LSHR, last) : va.lanewise(LSHR, 14)).mul(x).add(sa);
      ShortVector vb = ShortVector.fromMemorySegment(SHORTS, w, b + second, ORDER);
      sb = (BY_VECTOR ? vb.lanewise(LSHR, last) : vb.lanewise(LSHR, 14)).mul(x).add(sb);
      ShortVector vc = ShortVector.fromMemorySegment(SHORTS, w, c + second, ORDER);
      sc = (BY_VECTOR ? vc.lanewise(LSHR, last) : vc.lanewise(LSHR, 14)).mul(x).add(sc);
      ShortVector vd = ShortVector.fromMemorySegment(SHORTS, w, d + second, ORDER);
      sd = (BY_VECTOR ? vd.lanewise(LSHR, last) : vd.lanewise(LSHR, 14)).mul(x).add(sd);
      IntVector words = sa.reinterpretAsInts();
      words.lanewise(LSHL, 16).lanewise(ASHR, 16).add(words.lanewise(ASHR, 16)).intoMemorySegment(sums, 4L * u * BYTES, ORDER);
      words = sb.reinterpretAsInts();
      words.lanewise(LSHL, 16).lanewise(ASHR, 16).add(words.lanewise(ASHR, 16)).intoMemorySegment(sums, (4L * u + 1) * BYTES, ORDER);
      words = sc.reinterpretAsInts();
      words.lanewise(LSHL, 16).lanewise(ASHR, 16).add(words.lanewise(ASHR, 16)).intoMemorySegment(sums, (4L * u + 2) * BYTES, ORDER);
      words = sd.reinterpretAsInts();
      words.lanewise(LSHL, 16).lanewise(ASHR, 16).add(words.lanewise(ASHR, 16)).intoMemorySegment(sums, (4L * u + 3) * BYTES, ORDER);
    }
  }

  /**
   * A word is q + 256·r for two columns: half a step further up, its upper byte is r. Two products fit a lane: 2·128·127 = 32512.
   *
   * @param f {@link BitFactors} of 8 bits, from {@code fo} on
   */
  static void eightBits(MemorySegment w, long a, long b, long c, long d, int blocks, int[] f, int fo, MemorySegment sums) {
    w = Native.of(w);
    sums = Native.of(sums);
    for (int u = 0; u < blocks; u++) {
      int first = fo + 17 * u;
      IntVector sa = IntVector.zero(INTS);
      IntVector sb = sa;
      IntVector sc = sa;
      IntVector sd = sa;
      for (int i = 0; i < 8; i++) {
        long at = (8L * u + i) * PackedLayout.VECTOR;
        int k = first + 2 * i;
        ShortVector x = IntVector.broadcast(INTS, f[k + 1]).reinterpretAsShorts();
        ShortVector z = IntVector.broadcast(INTS, f[k + 2]).reinterpretAsShorts();
        ShortVector v = IntVector.fromMemorySegment(INTS, w, a + at, ORDER).reinterpretAsShorts();
        IntVector words = v.add((short) 128).lanewise(ASHR, 8).mul(z).add(v.mul(x)).reinterpretAsInts();
        sa = words.lanewise(LSHL, 16).lanewise(ASHR, 16).add(sa).add(words.lanewise(ASHR, 16));
        v = IntVector.fromMemorySegment(INTS, w, b + at, ORDER).reinterpretAsShorts();
        words = v.add((short) 128).lanewise(ASHR, 8).mul(z).add(v.mul(x)).reinterpretAsInts();
        sb = words.lanewise(LSHL, 16).lanewise(ASHR, 16).add(sb).add(words.lanewise(ASHR, 16));
        v = IntVector.fromMemorySegment(INTS, w, c + at, ORDER).reinterpretAsShorts();
        words = v.add((short) 128).lanewise(ASHR, 8).mul(z).add(v.mul(x)).reinterpretAsInts();
        sc = words.lanewise(LSHL, 16).lanewise(ASHR, 16).add(sc).add(words.lanewise(ASHR, 16));
        v = IntVector.fromMemorySegment(INTS, w, d + at, ORDER).reinterpretAsShorts();
        words = v.add((short) 128).lanewise(ASHR, 8).mul(z).add(v.mul(x)).reinterpretAsInts();
        sd = words.lanewise(LSHL, 16).lanewise(ASHR, 16).add(sd).add(words.lanewise(ASHR, 16));
      }
      sa.intoMemorySegment(sums, 4L * u * BYTES, ORDER);
      sb.intoMemorySegment(sums, (4L * u + 1) * BYTES, ORDER);
      sc.intoMemorySegment(sums, (4L * u + 2) * BYTES, ORDER);
      sd.intoMemorySegment(sums, (4L * u + 3) * BYTES, ORDER);
    }
  }
}
