package io.mvlm.kernels.vector;

import static io.mvlm.kernels.vector.F32Tile.ROW_BYTES;
import static io.mvlm.kernels.vector.Lanes.BYTES;
import static io.mvlm.kernels.vector.Lanes.F16_BITS;
import static io.mvlm.kernels.vector.Lanes.FLOATS;
import static io.mvlm.kernels.vector.Lanes.INTS;
import static io.mvlm.kernels.vector.Lanes.LANES;
import static io.mvlm.kernels.vector.Lanes.ORDER;
import static io.mvlm.kernels.vector.PackedLayout.VECTOR;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import io.mvlm.kernels.cpu.LinearInput;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * The scales of a chunk (see {@link QuantFormat.Scales}). Products add the integer sums of a bundle, as {@link IntegerProducts} leaves
 * them, times their scales and the activations' to y. Unpacking writes scale and addend of a unit, for one vector of rows, to the first two
 * rows of its part of the panel.
 *
 * <p>The products call nothing but the Vector API, see {@link Lanes}; words of f16 become floats as there.
 */
final class BlockScales {
  private static final int BUNDLE = 4 * BYTES;
  /** Super-blocks have 32-bit floats, whose range needs no {@link LinearInput#SCALE}. */
  private static final float TRUE = 1 / LinearInput.SCALE;
  private static final IntVector BYTE = IntVector.broadcast(INTS, 0xff);

  private BlockScales() {}

  /** Times {@link LinearInput#UNSCALE}. */
  static void halves(MemorySegment w, long a, long b, long c, long d, int n, MemorySegment sums, float[] scales, int so, float[] y,
      int yo) {
    w = Native.of(w);
    sums = Native.of(sums);
    FloatVector ta = FloatVector.fromArray(FLOATS, y, yo);
    FloatVector tb = FloatVector.fromArray(FLOATS, y, yo + LANES);
    FloatVector tc = FloatVector.fromArray(FLOATS, y, yo + 2 * LANES);
    FloatVector td = FloatVector.fromArray(FLOATS, y, yo + 3 * LANES);
    for (int u = 0; u < n; u++) {
      FloatVector scale = FloatVector.broadcast(FLOATS, scales[so + u]);
      int from = u * BUNDLE;
      long at = u / 2 * VECTOR;
      int left = 16 - u % 2 * 16;
      FloatVector da = IntVector.fromMemorySegment(INTS, w, a + at, ORDER)
          .lanewise(LSHL, left).lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats();
      ta = ((FloatVector) IntVector.fromMemorySegment(INTS, sums, from, ORDER).convert(I2F, 0)).fma(da.mul(scale), ta);
      FloatVector db = IntVector.fromMemorySegment(INTS, w, b + at, ORDER)
          .lanewise(LSHL, left).lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats();
      tb = ((FloatVector) IntVector.fromMemorySegment(INTS, sums, from + BYTES, ORDER).convert(I2F, 0)).fma(db.mul(scale), tb);
      FloatVector dc = IntVector.fromMemorySegment(INTS, w, c + at, ORDER)
          .lanewise(LSHL, left).lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats();
      tc = ((FloatVector) IntVector.fromMemorySegment(INTS, sums, from + 2 * BYTES, ORDER).convert(I2F, 0)).fma(dc.mul(scale), tc);
      FloatVector dd = IntVector.fromMemorySegment(INTS, w, d + at, ORDER)
          .lanewise(LSHL, left).lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats();
      td = ((FloatVector) IntVector.fromMemorySegment(INTS, sums, from + 3 * BYTES, ORDER).convert(I2F, 0)).fma(dd.mul(scale), td);
    }
    ta.intoArray(y, yo);
    tb.intoArray(y, yo + LANES);
    tc.intoArray(y, yo + 2 * LANES);
    td.intoArray(y, yo + 3 * LANES);
  }

  /** Times {@link LinearInput#UNSCALE}. */
  static void words(MemorySegment w, long a, long b, long c, long d, int n, int shift, MemorySegment sums, float[] scales, int so,
      int[] inputs, int uo, float[] y, int yo) {
    w = Native.of(w);
    sums = Native.of(sums);
    FloatVector ta = FloatVector.fromArray(FLOATS, y, yo);
    FloatVector tb = FloatVector.fromArray(FLOATS, y, yo + LANES);
    FloatVector tc = FloatVector.fromArray(FLOATS, y, yo + 2 * LANES);
    FloatVector td = FloatVector.fromArray(FLOATS, y, yo + 3 * LANES);
    for (int u = 0; u < n; u++) {
      int input = inputs[uo + 2 * u] + inputs[uo + 2 * u + 1];
      IntVector back = IntVector.broadcast(INTS, shift * input);
      FloatVector scale = FloatVector.broadcast(FLOATS, scales[so + u]);
      FloatVector inputScale = FloatVector.broadcast(FLOATS, scales[so + u] * input);
      int from = u * BUNDLE;
      long at = u * VECTOR;
      IntVector pa = IntVector.fromMemorySegment(INTS, w, a + at, ORDER);
      FloatVector da = pa.lanewise(LSHL, 16).lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats();
      ta = pa.lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats().fma(inputScale, ta);
      ta = ((FloatVector) IntVector.fromMemorySegment(INTS, sums, from, ORDER).add(back).convert(I2F, 0))
          .fma(da.mul(scale), ta);
      IntVector pb = IntVector.fromMemorySegment(INTS, w, b + at, ORDER);
      FloatVector db = pb.lanewise(LSHL, 16).lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats();
      tb = pb.lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats().fma(inputScale, tb);
      tb = ((FloatVector) IntVector.fromMemorySegment(INTS, sums, from + BYTES, ORDER).add(back).convert(I2F, 0))
          .fma(db.mul(scale), tb);
      IntVector pc = IntVector.fromMemorySegment(INTS, w, c + at, ORDER);
      FloatVector dc = pc.lanewise(LSHL, 16).lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats();
      tc = pc.lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats().fma(inputScale, tc);
      tc = ((FloatVector) IntVector.fromMemorySegment(INTS, sums, from + 2 * BYTES, ORDER).add(back).convert(I2F, 0))
          .fma(dc.mul(scale), tc);
      IntVector pd = IntVector.fromMemorySegment(INTS, w, d + at, ORDER);
      FloatVector dd = pd.lanewise(LSHL, 16).lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats();
      td = pd.lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats().fma(inputScale, td);
      td = ((FloatVector) IntVector.fromMemorySegment(INTS, sums, from + 3 * BYTES, ORDER).add(back).convert(I2F, 0))
          .fma(dd.mul(scale), td);
    }
    ta.intoArray(y, yo);
    tb.intoArray(y, yo + LANES);
    tc.intoArray(y, yo + 2 * LANES);
    td.intoArray(y, yo + 3 * LANES);
  }

  /** @param units of a block */
  static void bytes(MemorySegment w, long a, long b, long c, long d, int units, MemorySegment sums, float[] scales, int so, float[] y,
      int yo) {
    w = Native.of(w);
    sums = Native.of(sums);
    FloatVector ta = FloatVector.zero(FLOATS);
    FloatVector tb = ta;
    FloatVector tc = ta;
    FloatVector td = ta;
    for (int u = 0; u < 8 * units; u++) {
      FloatVector scale = FloatVector.broadcast(FLOATS, scales[so + (u >> units - 1)] * TRUE);
      int from = u * BUNDLE;
      long at = u / 4 * VECTOR;
      int left = 24 - u % 4 * 8;
      FloatVector da = (FloatVector) IntVector.fromMemorySegment(INTS, w, a + at, ORDER)
          .lanewise(LSHL, left).lanewise(ASHR, 24).convert(I2F, 0);
      ta = ((FloatVector) IntVector.fromMemorySegment(INTS, sums, from, ORDER).convert(I2F, 0)).fma(da.mul(scale), ta);
      FloatVector db = (FloatVector) IntVector.fromMemorySegment(INTS, w, b + at, ORDER)
          .lanewise(LSHL, left).lanewise(ASHR, 24).convert(I2F, 0);
      tb = ((FloatVector) IntVector.fromMemorySegment(INTS, sums, from + BYTES, ORDER).convert(I2F, 0)).fma(db.mul(scale), tb);
      FloatVector dc = (FloatVector) IntVector.fromMemorySegment(INTS, w, c + at, ORDER)
          .lanewise(LSHL, left).lanewise(ASHR, 24).convert(I2F, 0);
      tc = ((FloatVector) IntVector.fromMemorySegment(INTS, sums, from + 2 * BYTES, ORDER).convert(I2F, 0)).fma(dc.mul(scale), tc);
      FloatVector dd = (FloatVector) IntVector.fromMemorySegment(INTS, w, d + at, ORDER)
          .lanewise(LSHL, left).lanewise(ASHR, 24).convert(I2F, 0);
      td = ((FloatVector) IntVector.fromMemorySegment(INTS, sums, from + 3 * BYTES, ORDER).convert(I2F, 0)).fma(dd.mul(scale), td);
    }
    long at = 2L * units * VECTOR;
    ta.fma(FloatVector.fromMemorySegment(FLOATS, w, a + at, ORDER), FloatVector.fromArray(FLOATS, y, yo))
        .intoArray(y, yo);
    tb.fma(FloatVector.fromMemorySegment(FLOATS, w, b + at, ORDER), FloatVector.fromArray(FLOATS, y, yo + LANES))
        .intoArray(y, yo + LANES);
    tc.fma(FloatVector.fromMemorySegment(FLOATS, w, c + at, ORDER), FloatVector.fromArray(FLOATS, y, yo + 2 * LANES))
        .intoArray(y, yo + 2 * LANES);
    td.fma(FloatVector.fromMemorySegment(FLOATS, w, d + at, ORDER), FloatVector.fromArray(FLOATS, y, yo + 3 * LANES))
        .intoArray(y, yo + 3 * LANES);
  }

  /** One unit a block; one vector of the bundle, {@code from} bytes into the sums. Four together are slower: constant shifts matter more. */
  static void bytePairs(MemorySegment w, long at, int shift, MemorySegment sums, int from, float[] scales, int so, int[] inputs, int uo,
      float[] y, int yo) {
    w = Native.of(w);
    sums = Native.of(sums);
    FloatVector total = FloatVector.zero(FLOATS);
    FloatVector minima = total;
    for (int i = 0; i < 4; i++) {
      IntVector pair = IntVector.fromMemorySegment(INTS, w, at + i * VECTOR, ORDER);
      int input = inputs[uo + 4 * i] + inputs[uo + 4 * i + 1];
      float scale = scales[so + 2 * i] * TRUE;
      IntVector sum = IntVector.fromMemorySegment(INTS, sums, from + 2 * i * BUNDLE, ORDER).add(IntVector.broadcast(INTS, shift * input));
      FloatVector step = ((FloatVector) pair.and(BYTE).convert(I2F, 0)).mul(FloatVector.broadcast(FLOATS, scale));
      total = ((FloatVector) sum.convert(I2F, 0)).fma(step, total);
      FloatVector minimum = (FloatVector) pair.lanewise(LSHR, 8).and(BYTE).convert(I2F, 0);
      minima = minimum.fma(FloatVector.broadcast(FLOATS, -scale * input), minima);

      input = inputs[uo + 4 * i + 2] + inputs[uo + 4 * i + 3];
      scale = scales[so + 2 * i + 1] * TRUE;
      sum = IntVector.fromMemorySegment(INTS, sums, from + (2 * i + 1) * BUNDLE, ORDER).add(IntVector.broadcast(INTS, shift * input));
      step = ((FloatVector) pair.lanewise(LSHR, 16).and(BYTE).convert(I2F, 0)).mul(FloatVector.broadcast(FLOATS, scale));
      total = ((FloatVector) sum.convert(I2F, 0)).fma(step, total);
      minimum = (FloatVector) pair.lanewise(LSHR, 24).convert(I2F, 0);
      minima = minimum.fma(FloatVector.broadcast(FLOATS, -scale * input), minima);
    }
    FloatVector d = FloatVector.fromMemorySegment(FLOATS, w, at + 4 * VECTOR, ORDER);
    FloatVector dmin = FloatVector.fromMemorySegment(FLOATS, w, at + 5 * VECTOR, ORDER);
    total.fma(d, minima.fma(dmin, FloatVector.fromArray(FLOATS, y, yo))).intoArray(y, yo);
  }

  /** Two units a block; else as {@link #bytePairs}. */
  static void halfBytePairs(MemorySegment w, long at, int shift, MemorySegment sums, int from, float[] scales, int so, int[] inputs, int uo,
      float[] y, int yo) {
    w = Native.of(w);
    sums = Native.of(sums);
    FloatVector total = FloatVector.zero(FLOATS);
    FloatVector minima = total;
    for (int i = 0; i < 8; i++) {
      IntVector pair = IntVector.fromMemorySegment(INTS, w, at + i * VECTOR, ORDER);
      int input = inputs[uo + 2 * i];
      float scale = scales[so + i] * TRUE;
      IntVector sum = IntVector.fromMemorySegment(INTS, sums, from + 2 * i * BUNDLE, ORDER).add(IntVector.broadcast(INTS, shift * input));
      FloatVector step = ((FloatVector) pair.and(BYTE).convert(I2F, 0)).mul(FloatVector.broadcast(FLOATS, scale));
      total = ((FloatVector) sum.convert(I2F, 0)).fma(step, total);
      FloatVector minimum = (FloatVector) pair.lanewise(LSHR, 8).and(BYTE).convert(I2F, 0);
      minima = minimum.fma(FloatVector.broadcast(FLOATS, -scale * input), minima);

      input = inputs[uo + 2 * i + 1];
      sum = IntVector.fromMemorySegment(INTS, sums, from + (2 * i + 1) * BUNDLE, ORDER).add(IntVector.broadcast(INTS, shift * input));
      step = ((FloatVector) pair.lanewise(LSHR, 16).and(BYTE).convert(I2F, 0)).mul(FloatVector.broadcast(FLOATS, scale));
      total = ((FloatVector) sum.convert(I2F, 0)).fma(step, total);
      minimum = (FloatVector) pair.lanewise(LSHR, 24).convert(I2F, 0);
      minima = minimum.fma(FloatVector.broadcast(FLOATS, -scale * input), minima);
    }
    FloatVector d = FloatVector.fromMemorySegment(FLOATS, w, at + 8 * VECTOR, ORDER);
    FloatVector dmin = FloatVector.fromMemorySegment(FLOATS, w, at + 9 * VECTOR, ORDER);
    total.fma(d, minima.fma(dmin, FloatVector.fromArray(FLOATS, y, yo))).intoArray(y, yo);
  }

  static void unpackHalf(MemorySegment w, long at, int block, int zero, MemorySegment panel, long to) {
    w = Native.of(w);
    panel = Native.of(panel);
    IntVector halves = IntVector.fromMemorySegment(INTS, w, at + block / 2 * VECTOR, ORDER).lanewise(LSHL, 16 - block % 2 * 16);
    FloatVector scale = halves.lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats().mul(0x1p112f);
    scale.intoMemorySegment(panel, to, ORDER);
    scale.mul(-zero).intoMemorySegment(panel, to + ROW_BYTES, ORDER);
  }

  static void unpackWord(MemorySegment w, long at, int block, MemorySegment panel, long to) {
    w = Native.of(w);
    panel = Native.of(panel);
    IntVector pair = IntVector.fromMemorySegment(INTS, w, at + block * VECTOR, ORDER);
    pair.lanewise(LSHL, 16).lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats().mul(0x1p112f).intoMemorySegment(panel, to, ORDER);
    pair.lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats().mul(0x1p112f).intoMemorySegment(panel, to + ROW_BYTES, ORDER);
  }

  static void unpackByte(MemorySegment w, long at, int units, int unit, int zero, MemorySegment panel, long to) {
    w = Native.of(w);
    panel = Native.of(panel);
    IntVector bytes = IntVector.fromMemorySegment(INTS, w, at + unit / 4 * VECTOR, ORDER).lanewise(LSHL, 24 - unit % 4 * 8);
    FloatVector d = FloatVector.fromMemorySegment(FLOATS, w, at + 2 * units * VECTOR, ORDER);
    FloatVector scale = ((FloatVector) bytes.lanewise(ASHR, 24).convert(I2F, 0)).mul(d);
    scale.intoMemorySegment(panel, to, ORDER);
    scale.mul(-zero).intoMemorySegment(panel, to + ROW_BYTES, ORDER);
  }

  static void unpackBytePair(MemorySegment w, long at, int units, int unit, MemorySegment panel, long to) {
    w = Native.of(w);
    panel = Native.of(panel);
    IntVector pair = IntVector.fromMemorySegment(INTS, w, at + unit / 2 * VECTOR, ORDER).lanewise(LSHR, unit % 2 * 16);
    FloatVector d = FloatVector.fromMemorySegment(FLOATS, w, at + 4 * units * VECTOR, ORDER);
    FloatVector dmin = FloatVector.fromMemorySegment(FLOATS, w, at + (4 * units + 1) * VECTOR, ORDER);
    ((FloatVector) pair.and(0xff).convert(I2F, 0)).mul(d).intoMemorySegment(panel, to, ORDER);
    ((FloatVector) pair.lanewise(LSHR, 8).and(0xff).convert(I2F, 0)).mul(dmin).neg().intoMemorySegment(panel, to + ROW_BYTES, ORDER);
  }
}
