package io.mvlm.kernels.vector;

import static io.mvlm.kernels.vector.Lanes.BYTES;
import static io.mvlm.kernels.vector.Lanes.F16_BITS;
import static io.mvlm.kernels.vector.Lanes.FLOATS;
import static io.mvlm.kernels.vector.Lanes.INTS;
import static io.mvlm.kernels.vector.Lanes.LANES;
import static io.mvlm.kernels.vector.Lanes.ORDER;
import static io.mvlm.kernels.vector.PackedLayout.VECTOR;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.LSHL;

import io.mvlm.core.Tensor;
import io.mvlm.core.TensorType;
import io.mvlm.kernels.cpu.CpuKernels;
import io.mvlm.kernels.cpu.LinearInput;
import io.mvlm.kernels.cpu.RowReader;
import io.mvlm.kernels.cpu.WorkerScratch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * F16 and BF16: a word of a row holds columns 2i and 2i + 1, the even one in its lower half. A BF16 is the upper half of a float. An F16 becomes
 * a float by shifts and a factor, as in {@link Lanes}; but where it is subnormal, that float is too, and processors may take a hundred cycles to
 * multiply it. So rows whose values are all below 64, which are those of models, are kept times 1024, where no value is subnormal: without loss,
 * as a subnormal F16 is a multiple of 2⁻²⁴. Behind the words of an F16 group stands the factor of each row that undoes it; it is NaN for a row
 * with a value that is not finite.
 */
final class HalfMatrix extends PanelMatrix {
  /** Halves below 64 have lower bits than this one. */
  private static final int SIXTY_FOUR = 0x5400;
  private static final int EXPONENT = 0x7c00;
  /** Added to a normal half, multiplies it by 1024. */
  private static final int TIMES_1024 = 10 << 10;
  private static final long FOUR = 0x0001_0001_0001_0001L;

  private final boolean brain;
  private final int words;

  private HalfMatrix(int rows, int columns, boolean brain, PackedLayout layout) {
    super(rows, columns, layout);
    this.brain = brain;
    this.words = LinearInput.padded(columns) / 2;
    layout.requireGroupBytes((long) vectors(columns, brain) * VECTOR);
  }

  static HalfMatrix pack(CpuKernels.PackingContext context, Tensor... stacked) {
    RowReader reader = new RowReader(stacked);
    int columns = Packer.columns(stacked[0]);
    boolean brain = stacked[0].type() == TensorType.BF16;
    PackedLayout layout = Packer.pack(context, reader, vectors(columns, brain), (file, at, words, lane) -> {
      boolean small = !brain && allBelow64(file, at, columns);
      for (int k = 0, word = lane; k < columns; k += 2, word += PackedLayout.ROWS) {
        int pair = k + 1 < columns ? QuantReader.word(file, at + 2 * k) : QuantReader.half(file, at + 2 * k);
        words[word] = small ? times1024(pair) : pair;
      }
      if (!brain) {
        float factor = small ? LinearInput.UNSCALE / 1024 : allFinite(file, at, columns) ? LinearInput.UNSCALE : Float.NaN;
        words[LinearInput.padded(columns) / 2 * PackedLayout.ROWS + lane] = Float.floatToRawIntBits(factor);
      }
    });
    return new HalfMatrix(reader.rows(), columns, brain, layout);
  }

  /** Vectors of a group. */
  private static int vectors(int columns, boolean brain) {
    return LinearInput.padded(columns) / 2 + (brain ? 0 : 1);
  }

  private static boolean allFinite(byte[] file, int at, int columns) {
    for (int k = 0; k < columns; k++) {
      if ((QuantReader.half(file, at + 2 * k) & EXPONENT) == EXPONENT) {
        return false;
      }
    }
    return true;
  }

  private static boolean allBelow64(byte[] file, int at, int columns) {
    long above = 0; // in the highest bit of each half
    int k = 0;
    for (; k + 3 < columns; k += 4) {
      above |= (QuantReader.doubleWord(file, at + 2 * k) & 0x7fff * FOUR) + (0x8000 - SIXTY_FOUR) * FOUR;
    }
    for (; k < columns; k++) {
      above |= (QuantReader.half(file, at + 2 * k) & 0x7fff) + (0x8000 - SIXTY_FOUR);
    }
    return (above & 0x8000 * FOUR) == 0;
  }

  /** Two halves below 64. */
  private static int times1024(int pair) {
    boolean normal = ((pair & 0x7c007c00) + 0x7c007c00 & 0x80008000) == 0x80008000;
    return normal ? pair + TIMES_1024 * 0x10001 : oneTimes1024(pair) & 0xffff | oneTimes1024(pair >>> 16) << 16;
  }

  private static int oneTimes1024(int half) {
    return Float.floatToFloat16(Float.float16ToFloat((short) half) * 1024);
  }

  @Override
  LinearInput.Form vectorForm() {
    return LinearInput.Form.FLOATS;
  }

  @Override
  void multiplyBundle(int row, LinearInput x, int t, float[] y, int yo, WorkerScratch scratch) {
    MemorySegment w = layout.segment(row / PackedLayout.ROWS);
    long a = at(row);
    long b = at(row + LANES);
    long c = at(row + 2 * LANES);
    long d = at(row + 3 * LANES);
    int xo = x.rowOffset(t);
    int pairs = columns() / 2;
    if (brain) {
      multiplyBrains(w, a, b, c, d, pairs, x.data(), xo, y, yo);
    } else {
      multiplyHalves(w, a, b, c, d, pairs, x.data(), xo, y, yo);
    }
    if (columns() % 2 != 0) {
      float last = x.data()[xo + columns() - 1] * (brain ? 1 : LinearInput.SCALE);
      long at = (long) pairs * VECTOR;
      addLast(w, a + at, brain, last, y, yo);
      addLast(w, b + at, brain, last, y, yo + LANES);
      addLast(w, c + at, brain, last, y, yo + 2 * LANES);
      addLast(w, d + at, brain, last, y, yo + 3 * LANES);
    }
    if (!brain) {
      long factors = (long) words * VECTOR;
      scale(w, a + factors, y, yo);
      scale(w, b + factors, y, yo + LANES);
      scale(w, c + factors, y, yo + 2 * LANES);
      scale(w, d + factors, y, yo + 3 * LANES);
    }
  }

  /** The sums still have {@link LinearInput#SCALE} and the factor of the row. */
  private static void multiplyHalves(MemorySegment w, long a, long b, long c, long d, int pairs, float[] x, int xo, float[] y, int yo) {
    w = Native.of(w);
    FloatVector sa = FloatVector.zero(FLOATS);
    FloatVector sb = sa;
    FloatVector sc = sa;
    FloatVector sd = sa;
    FloatVector ta = sa;
    FloatVector tb = sa;
    FloatVector tc = sa;
    FloatVector td = sa;
    for (int i = 0; i < pairs; i++) {
      long at = (long) i * VECTOR;
      FloatVector even = FloatVector.broadcast(FLOATS, x[xo + 2 * i] * LinearInput.SCALE);
      FloatVector odd = FloatVector.broadcast(FLOATS, x[xo + 2 * i + 1] * LinearInput.SCALE);
      IntVector v = IntVector.fromMemorySegment(INTS, w, a + at, ORDER);
      sa = v.lanewise(LSHL, 16).lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats().fma(even, sa);
      ta = v.lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats().fma(odd, ta);
      v = IntVector.fromMemorySegment(INTS, w, b + at, ORDER);
      sb = v.lanewise(LSHL, 16).lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats().fma(even, sb);
      tb = v.lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats().fma(odd, tb);
      v = IntVector.fromMemorySegment(INTS, w, c + at, ORDER);
      sc = v.lanewise(LSHL, 16).lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats().fma(even, sc);
      tc = v.lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats().fma(odd, tc);
      v = IntVector.fromMemorySegment(INTS, w, d + at, ORDER);
      sd = v.lanewise(LSHL, 16).lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats().fma(even, sd);
      td = v.lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats().fma(odd, td);
    }
    sa.add(ta).intoArray(y, yo);
    sb.add(tb).intoArray(y, yo + LANES);
    sc.add(tc).intoArray(y, yo + 2 * LANES);
    sd.add(td).intoArray(y, yo + 3 * LANES);
  }

  private static void multiplyBrains(MemorySegment w, long a, long b, long c, long d, int pairs, float[] x, int xo, float[] y, int yo) {
    w = Native.of(w);
    FloatVector sa = FloatVector.zero(FLOATS);
    FloatVector sb = sa;
    FloatVector sc = sa;
    FloatVector sd = sa;
    FloatVector ta = sa;
    FloatVector tb = sa;
    FloatVector tc = sa;
    FloatVector td = sa;
    for (int i = 0; i < pairs; i++) {
      long at = (long) i * VECTOR;
      FloatVector even = FloatVector.broadcast(FLOATS, x[xo + 2 * i]);
      FloatVector odd = FloatVector.broadcast(FLOATS, x[xo + 2 * i + 1]);
      IntVector v = IntVector.fromMemorySegment(INTS, w, a + at, ORDER);
      sa = v.lanewise(LSHL, 16).reinterpretAsFloats().fma(even, sa);
      ta = v.and(0xffff0000).reinterpretAsFloats().fma(odd, ta);
      v = IntVector.fromMemorySegment(INTS, w, b + at, ORDER);
      sb = v.lanewise(LSHL, 16).reinterpretAsFloats().fma(even, sb);
      tb = v.and(0xffff0000).reinterpretAsFloats().fma(odd, tb);
      v = IntVector.fromMemorySegment(INTS, w, c + at, ORDER);
      sc = v.lanewise(LSHL, 16).reinterpretAsFloats().fma(even, sc);
      tc = v.and(0xffff0000).reinterpretAsFloats().fma(odd, tc);
      v = IntVector.fromMemorySegment(INTS, w, d + at, ORDER);
      sd = v.lanewise(LSHL, 16).reinterpretAsFloats().fma(even, sd);
      td = v.and(0xffff0000).reinterpretAsFloats().fma(odd, td);
    }
    sa.add(ta).intoArray(y, yo);
    sb.add(tb).intoArray(y, yo + LANES);
    sc.add(tc).intoArray(y, yo + 2 * LANES);
    sd.add(td).intoArray(y, yo + 3 * LANES);
  }

  /** The last column of an odd number. */
  private static void addLast(MemorySegment w, long at, boolean brain, float x, float[] y, int yo) {
    w = Native.of(w);
    IntVector v = IntVector.fromMemorySegment(INTS, w, at, ORDER);
    v = v.lanewise(LSHL, 16);
    FloatVector weight = brain ? v.reinterpretAsFloats() : v.lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats();
    weight.fma(FloatVector.broadcast(FLOATS, x), FloatVector.fromArray(FLOATS, y, yo)).intoArray(y, yo);
  }

  private static void scale(MemorySegment w, long at, float[] y, int yo) {
    w = Native.of(w);
    FloatVector.fromMemorySegment(FLOATS, w, at, ORDER).mul(FloatVector.fromArray(FLOATS, y, yo)).intoArray(y, yo);
  }

  @Override
  void unpack(int group, int fromColumn, int count, MemorySegment panel, long at) {
    MemorySegment w = layout.segment(group);
    Ranges.check(panel, at, (count - 1) * F32Tile.ROW_BYTES + VECTOR);
    long from = layout.offset(group) + fromColumn / 2L * VECTOR;
    long factors = layout.offset(group) + (long) words * VECTOR;
    for (int lane = 0; lane < VECTOR; lane += BYTES) {
      if (brain) {
        unpackBrains(w, from + lane, count / 2, panel, at + lane);
      } else {
        unpackHalves(w, from + lane, factors + lane, count / 2, panel, at + lane);
      }
    }
  }

  private static void unpackHalves(MemorySegment w, long from, long factors, int pairs, MemorySegment panel, long at) {
    w = Native.of(w);
    panel = Native.of(panel);
    FloatVector factor = FloatVector.fromMemorySegment(FLOATS, w, factors, ORDER).mul(0x1p112f / LinearInput.UNSCALE);
    for (int i = 0; i < pairs; i++) {
      IntVector v = IntVector.fromMemorySegment(INTS, w, from + (long) i * VECTOR, ORDER);
      long to = at + 2 * i * F32Tile.ROW_BYTES;
      v.lanewise(LSHL, 16).lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats().mul(factor).intoMemorySegment(panel, to, ORDER);
      v.lanewise(ASHR, 3).and(F16_BITS).reinterpretAsFloats().mul(factor).intoMemorySegment(panel, to + F32Tile.ROW_BYTES, ORDER);
    }
  }

  private static void unpackBrains(MemorySegment w, long from, int pairs, MemorySegment panel, long at) {
    w = Native.of(w);
    panel = Native.of(panel);
    for (int i = 0; i < pairs; i++) {
      IntVector v = IntVector.fromMemorySegment(INTS, w, from + (long) i * VECTOR, ORDER);
      long to = at + 2 * i * F32Tile.ROW_BYTES;
      v.lanewise(LSHL, 16).reinterpretAsFloats().intoMemorySegment(panel, to, ORDER);
      v.and(0xffff0000).reinterpretAsFloats().intoMemorySegment(panel, to + F32Tile.ROW_BYTES, ORDER);
    }
  }
}
