package io.mvlm.kernels.vector;

import static io.mvlm.kernels.vector.Lanes.FLOATS;
import static io.mvlm.kernels.vector.Lanes.HALF_SHORTS;
import static io.mvlm.kernels.vector.Lanes.INTS;
import static io.mvlm.kernels.vector.Lanes.LANES;
import static io.mvlm.kernels.vector.Lanes.ORDER;
import static io.mvlm.kernels.vector.Lanes.SHORTS;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import io.mvlm.core.Tensor;
import io.mvlm.core.TensorType;
import io.mvlm.kernels.cpu.CpuKernels;
import io.mvlm.kernels.cpu.LinearInput;
import io.mvlm.kernels.cpu.RowReader;
import io.mvlm.kernels.cpu.WorkerScratch;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * 4-bit weights: Q4_0, Q4_1 and Q4_K, without loss and in no more than 1.06 times the file's bytes. A weight (0 … 15) times an 8-bit
 * activation fits 12 bits, so the 16 products that one 16-bit lane gets from a block of 32 columns add up without overflow: 16·15·127 = 30480.
 *
 * <p>After the four vectors of quants (see {@link PackedLayout}) a block holds: Q4_0 its f16 scales; Q4_1 words of scale and addend. Q4_K
 * appends to eight blocks four vectors with bytes (sc, mn, sc, mn) of two blocks each, and vectors of 32-bit floats d and dmin.
 */
final class NibbleMatrix extends PanelMatrix {
  private static final int QUANTS = 4 * PackedLayout.VECTOR;
  private static final int Q4_0_BLOCK = QUANTS + PackedLayout.VECTOR / 2;
  private static final int Q4_1_BLOCK = QUANTS + PackedLayout.VECTOR;
  private static final int SUPER_SCALES = 8 * QUANTS;
  private static final int SUPER_FACTORS = SUPER_SCALES + 4 * PackedLayout.VECTOR;
  private static final int SUPER_BLOCK = SUPER_FACTORS + 2 * PackedLayout.VECTOR;

  private static final IntVector NIBBLE = IntVector.broadcast(INTS, 0x000f000f);
  private static final IntVector BYTE = IntVector.broadcast(INTS, 255);
  private static final IntVector HALF = IntVector.broadcast(INTS, Lanes.F16_BITS);

  private final TensorType type;
  private final int blocks;

  private NibbleMatrix(int rows, int columns, TensorType type, PackedLayout layout) {
    super(rows, columns, layout);
    this.type = type;
    this.blocks = columns / PackedLayout.BLOCK;
    layout.requireGroupBytes(switch (type) {
      case Q4_0 -> (long) blocks * Q4_0_BLOCK;
      case Q4_1 -> (long) blocks * Q4_1_BLOCK;
      default -> (long) blocks / 8 * SUPER_BLOCK;
    });
  }

  static NibbleMatrix pack(CpuKernels.PackingContext context, Tensor... stacked) {
    TensorType type = stacked[0].type();
    RowReader reader = new RowReader(stacked);
    int columns = Packer.columns(stacked[0]);
    // Two rows of Q4_0 scales share a word, so a pair of blocks is 9 words of a row: an odd last block is padded by half a vector.
    PackedLayout layout = switch (type) {
      case Q4_0 -> Packer.pack(context, reader, (columns / 32 * Q4_0_BLOCK + PackedLayout.VECTOR - 1) / PackedLayout.VECTOR,
          (file, at, words, lane) -> packQ4_0(file, at, columns / 32, words, lane));
      case Q4_1 -> Packer.pack(context, reader, columns / 32 * Q4_1_BLOCK / PackedLayout.VECTOR,
          (file, at, words, lane) -> packQ4_1(file, at, columns / 32, words, lane));
      case Q4_K -> Packer.pack(context, reader, columns / 256 * SUPER_BLOCK / PackedLayout.VECTOR,
          (file, at, words, lane) -> packQ4_K(file, at, columns / 256, words, lane));
      default -> throw new IllegalArgumentException(type.toString());
    };
    return new NibbleMatrix(reader.rows(), columns, type, layout);
  }

  private static void packQ4_0(byte[] file, int at, int blocks, int[] words, int lane) {
    for (int b = 0; b < blocks; b++, at += 18) {
      int block = b * (Q4_0_BLOCK / 4);
      packQuants(file, at + 2, words, block + lane);
      int scale = block + QUANTS / 4 + lane / 2;
      int shift = lane % 2 * 16;
      words[scale] = words[scale] & ~(0xffff << shift) | QuantReader.half(file, at) << shift;
    }
  }

  private static void packQ4_1(byte[] file, int at, int blocks, int[] words, int lane) {
    for (int b = 0; b < blocks; b++, at += 20) {
      int block = b * (Q4_1_BLOCK / 4) + lane;
      packQuants(file, at + 4, words, block);
      words[block + QUANTS / 4] = QuantReader.word(file, at);
    }
  }

  private static void packQ4_K(byte[] file, int at, int superBlocks, int[] words, int lane) {
    for (int s = 0; s < superBlocks; s++, at += 144) {
      int block = s * (SUPER_BLOCK / 4) + lane;
      for (int j = 0; j < 4; j++) {
        for (int i = 0; i < 4; i++) {
          long eight = QuantReader.doubleWord(file, at + 16 + 32 * j + 8 * i);
          words[block + (2 * j) * (QUANTS / 4) + i * PackedLayout.ROWS] = nibbles(eight);
          words[block + (2 * j + 1) * (QUANTS / 4) + i * PackedLayout.ROWS] = nibbles(eight >>> 4);
        }
        words[block + SUPER_SCALES / 4 + j * PackedLayout.ROWS] = QuantReader.scale(file, at + 4, 2 * j)
            | QuantReader.minimum(file, at + 4, 2 * j) << 8 | QuantReader.scale(file, at + 4, 2 * j + 1) << 16
            | QuantReader.minimum(file, at + 4, 2 * j + 1) << 24;
      }
      Packer.packFactors(QuantReader.word(file, at), words, block + SUPER_FACTORS / 4);
    }
  }

  /** 16 bytes with columns 0 … 15 in the lower and 16 … 31 in the upper nibbles. */
  private static void packQuants(byte[] file, int at, int[] words, int block) {
    long first = QuantReader.doubleWord(file, at);
    long second = QuantReader.doubleWord(file, at + 8);
    words[block] = nibbles(first);
    words[block + PackedLayout.ROWS] = nibbles(second);
    words[block + 2 * PackedLayout.ROWS] = nibbles(first >>> 4);
    words[block + 3 * PackedLayout.ROWS] = nibbles(second >>> 4);
  }

  /** The lower nibbles of eight bytes: those of bytes 0, 2, 4, 6 to the lower half of a word, the others to the upper. */
  private static int nibbles(long eight) {
    return fourNibbles(eight) | fourNibbles(eight >>> 8) << 16;
  }

  private static int fourNibbles(long eight) {
    long x = eight & 0x000f000f000f000fL;
    x = (x | x >>> 12) & 0x000000ff000000ffL;
    return (int) (x | x >>> 24) & 0xffff;
  }

  @Override
  LinearInput.Form vectorForm() {
    return LinearInput.Form.INT8;
  }

  @Override
  void multiplyGroup(int group, LinearInput x, int t, float[] y, int yo, WorkerScratch scratch) {
    MemorySegment w = layout.group(group);
    for (int lane = 0; lane < PackedLayout.ROWS; lane += LANES) {
      switch (type) {
        case Q4_0 -> q4_0(w, lane, blocks, x.pairs(), x.pairOffset(t), x.scales(), x.scaleOffset(t), x.sums(), x.sumOffset(t), y, yo + lane);
        case Q4_1 -> q4_1(w, lane, blocks, x.pairs(), x.pairOffset(t), x.scales(), x.scaleOffset(t), x.sums(), x.sumOffset(t), y, yo + lane);
        default -> q4K(w, lane, blocks, x.pairs(), x.pairOffset(t), x.scales(), x.scaleOffset(t), x.sums(), x.sumOffset(t), y, yo + lane);
      }
    }
  }

  // The products below call nothing but the Vector API, and loop over the four vectors of a block: C2 stops inlining in a body that has become
  // large, and boxes what the calls that are left take and give. Lane 2r of a 16-bit sum belongs to the even columns of row r, lane 2r + 1 to
  // the odd ones. Words of f16 become floats as in Lanes.

  private static void q4_0(MemorySegment w, int lane, int blocks, int[] x, int xo, float[] scales, int so, int[] sums, int uo, float[] y,
      int yo) {
    FloatVector total = FloatVector.zero(FLOATS);
    for (int b = 0; b < blocks; b++) {
      long at = (long) b * Q4_0_BLOCK + 4 * lane;
      ShortVector sum = ShortVector.zero(SHORTS);
      for (int i = 0; i < 4; i++) {
        IntVector v = IntVector.fromMemorySegment(INTS, w, at + i * PackedLayout.VECTOR, ORDER);
        int k = xo + 16 * b + 4 * i;
        sum = v.and(NIBBLE).reinterpretAsShorts().mul(IntVector.broadcast(INTS, x[k]).reinterpretAsShorts()).add(sum);
        sum = v.lanewise(LSHR, 4).and(NIBBLE).reinterpretAsShorts().mul(IntVector.broadcast(INTS, x[k + 1]).reinterpretAsShorts()).add(sum);
        sum = v.lanewise(LSHR, 8).and(NIBBLE).reinterpretAsShorts().mul(IntVector.broadcast(INTS, x[k + 2]).reinterpretAsShorts()).add(sum);
        sum = v.lanewise(LSHR, 12).and(NIBBLE).reinterpretAsShorts().mul(IntVector.broadcast(INTS, x[k + 3]).reinterpretAsShorts()).add(sum);
      }
      IntVector words = sum.reinterpretAsInts();
      IntVector products = words.lanewise(LSHL, 16).lanewise(ASHR, 16).add(words.lanewise(ASHR, 16));
      ShortVector halves = ShortVector.fromMemorySegment(HALF_SHORTS, w, at + QUANTS - 2 * lane, ORDER);
      FloatVector d = ((IntVector) halves.convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0)).lanewise(LSHL, 16).lanewise(ASHR, 3)
          .and(HALF).reinterpretAsFloats();
      products = products.sub(IntVector.broadcast(INTS, 8 * (sums[uo + 2 * b] + sums[uo + 2 * b + 1])));
      total = ((FloatVector) products.convert(VectorOperators.I2F, 0)).fma(d.mul(FloatVector.broadcast(FLOATS, scales[so + b])), total);
    }
    total.mul(LinearInput.UNSCALE).intoArray(y, yo);
  }

  private static void q4_1(MemorySegment w, int lane, int blocks, int[] x, int xo, float[] scales, int so, int[] sums, int uo, float[] y,
      int yo) {
    FloatVector total = FloatVector.zero(FLOATS);
    for (int b = 0; b < blocks; b++) {
      long at = (long) b * Q4_1_BLOCK + 4 * lane;
      ShortVector sum = ShortVector.zero(SHORTS);
      for (int i = 0; i < 4; i++) {
        IntVector v = IntVector.fromMemorySegment(INTS, w, at + i * PackedLayout.VECTOR, ORDER);
        int k = xo + 16 * b + 4 * i;
        sum = v.and(NIBBLE).reinterpretAsShorts().mul(IntVector.broadcast(INTS, x[k]).reinterpretAsShorts()).add(sum);
        sum = v.lanewise(LSHR, 4).and(NIBBLE).reinterpretAsShorts().mul(IntVector.broadcast(INTS, x[k + 1]).reinterpretAsShorts()).add(sum);
        sum = v.lanewise(LSHR, 8).and(NIBBLE).reinterpretAsShorts().mul(IntVector.broadcast(INTS, x[k + 2]).reinterpretAsShorts()).add(sum);
        sum = v.lanewise(LSHR, 12).and(NIBBLE).reinterpretAsShorts().mul(IntVector.broadcast(INTS, x[k + 3]).reinterpretAsShorts()).add(sum);
      }
      IntVector words = sum.reinterpretAsInts();
      IntVector products = words.lanewise(LSHL, 16).lanewise(ASHR, 16).add(words.lanewise(ASHR, 16));
      IntVector factors = IntVector.fromMemorySegment(INTS, w, at + QUANTS, ORDER);
      FloatVector d = factors.lanewise(LSHL, 16).lanewise(ASHR, 3).and(HALF).reinterpretAsFloats();
      FloatVector m = factors.lanewise(ASHR, 3).and(HALF).reinterpretAsFloats();
      float scale = scales[so + b];
      total = ((FloatVector) products.convert(VectorOperators.I2F, 0)).fma(d.mul(FloatVector.broadcast(FLOATS, scale)), total);
      total = m.fma(FloatVector.broadcast(FLOATS, scale * (sums[uo + 2 * b] + sums[uo + 2 * b + 1])), total);
    }
    total.mul(LinearInput.UNSCALE).intoArray(y, yo);
  }

  private static void q4K(MemorySegment w, int lane, int blocks, int[] x, int xo, float[] scales, int so, int[] sums, int uo, float[] y,
      int yo) {
    FloatVector total = FloatVector.zero(FLOATS);
    for (int b = 0; b < blocks; b++) {
      long block = (long) (b / 8) * SUPER_BLOCK + 4 * lane;
      long at = block + b % 8 * QUANTS;
      ShortVector sum = ShortVector.zero(SHORTS);
      for (int i = 0; i < 4; i++) {
        IntVector v = IntVector.fromMemorySegment(INTS, w, at + i * PackedLayout.VECTOR, ORDER);
        int k = xo + 16 * b + 4 * i;
        sum = v.and(NIBBLE).reinterpretAsShorts().mul(IntVector.broadcast(INTS, x[k]).reinterpretAsShorts()).add(sum);
        sum = v.lanewise(LSHR, 4).and(NIBBLE).reinterpretAsShorts().mul(IntVector.broadcast(INTS, x[k + 1]).reinterpretAsShorts()).add(sum);
        sum = v.lanewise(LSHR, 8).and(NIBBLE).reinterpretAsShorts().mul(IntVector.broadcast(INTS, x[k + 2]).reinterpretAsShorts()).add(sum);
        sum = v.lanewise(LSHR, 12).and(NIBBLE).reinterpretAsShorts().mul(IntVector.broadcast(INTS, x[k + 3]).reinterpretAsShorts()).add(sum);
      }
      IntVector words = sum.reinterpretAsInts();
      IntVector products = words.lanewise(LSHL, 16).lanewise(ASHR, 16).add(words.lanewise(ASHR, 16));
      FloatVector d = FloatVector.fromMemorySegment(FLOATS, w, block + SUPER_FACTORS, ORDER);
      FloatVector dmin = FloatVector.fromMemorySegment(FLOATS, w, block + SUPER_FACTORS + PackedLayout.VECTOR, ORDER);
      IntVector pair = IntVector.fromMemorySegment(INTS, w, block + SUPER_SCALES + b % 8 / 2 * PackedLayout.VECTOR, ORDER)
          .lanewise(LSHR, b % 2 * 16);
      float scale = scales[so + b] * (1 / LinearInput.SCALE);
      products = products.mul(pair.and(BYTE));
      total = ((FloatVector) products.convert(VectorOperators.I2F, 0)).fma(d.mul(FloatVector.broadcast(FLOATS, scale)), total);
      FloatVector minimum = ((FloatVector) pair.lanewise(LSHR, 8).and(BYTE).convert(VectorOperators.I2F, 0)).mul(dmin);
      total = minimum.fma(FloatVector.broadcast(FLOATS, -scale * (sums[uo + 2 * b] + sums[uo + 2 * b + 1])), total);
    }
    total.intoArray(y, yo);
  }

  /** Times 2^−112. */
  private static FloatVector q4_0Scale(MemorySegment w, long block, int lane) {
    ShortVector halves = ShortVector.fromMemorySegment(HALF_SHORTS, w, block + QUANTS + 2 * lane, ORDER);
    return Lanes.lowerHalf((IntVector) halves.convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0));
  }

  @Override
  void unpack(int group, int fromColumn, int count, MemorySegment strip, long at, WorkerScratch scratch) {
    MemorySegment w = layout.group(group);
    Objects.checkFromIndexSize(fromColumn, count, columns());
    Ranges.check(strip, at, count * F32Tile.STRIP_BYTES);
    for (int b = fromColumn / 32; b < (fromColumn + count) / 32; b++) {
      long to = at + (long) (b * 32 - fromColumn) * PackedLayout.VECTOR;
      for (int lane = 0; lane < PackedLayout.ROWS; lane += LANES) {
        switch (type) {
          case Q4_0 -> unpackQ4_0(w, (long) b * Q4_0_BLOCK, lane, strip, to + 4 * lane);
          case Q4_1 -> unpackQ4_1(w, (long) b * Q4_1_BLOCK + 4 * lane, strip, to + 4 * lane);
          default -> unpackQ4K(w, (long) (b / 8) * SUPER_BLOCK + 4 * lane, b % 8, strip, to + 4 * lane);
        }
      }
    }
  }

  private static void unpackQ4_0(MemorySegment w, long block, int lane, MemorySegment strip, long to) {
    FloatVector scale = q4_0Scale(w, block, lane).mul(0x1p112f);
    scale.intoMemorySegment(strip, to, ORDER);
    scale.mul(-8f).intoMemorySegment(strip, to + PackedLayout.VECTOR, ORDER);
    unpackQuants(w, block + 4 * lane, strip, to);
  }

  private static void unpackQ4_1(MemorySegment w, long at, MemorySegment strip, long to) {
    IntVector factors = IntVector.fromMemorySegment(INTS, w, at + QUANTS, ORDER);
    Lanes.lowerHalf(factors).mul(0x1p112f).intoMemorySegment(strip, to, ORDER);
    Lanes.upperHalf(factors).mul(0x1p112f).intoMemorySegment(strip, to + PackedLayout.VECTOR, ORDER);
    unpackQuants(w, at, strip, to);
  }

  private static void unpackQ4K(MemorySegment w, long at, int b, MemorySegment strip, long to) {
    FloatVector d = FloatVector.fromMemorySegment(FLOATS, w, at + SUPER_FACTORS, ORDER);
    FloatVector dmin = FloatVector.fromMemorySegment(FLOATS, w, at + SUPER_FACTORS + PackedLayout.VECTOR, ORDER);
    IntVector pair = IntVector.fromMemorySegment(INTS, w, at + SUPER_SCALES + b / 2 * PackedLayout.VECTOR, ORDER)
        .lanewise(LSHR, b % 2 * 16);
    Lanes.toFloats(pair.and(0xff)).mul(d).intoMemorySegment(strip, to, ORDER);
    Lanes.toFloats(pair.lanewise(LSHR, 8).and(0xff)).mul(dmin).neg().intoMemorySegment(strip, to + PackedLayout.VECTOR, ORDER);
    unpackQuants(w, at + b * QUANTS, strip, to);
  }

  /**
   * q·scale + addend for 32 columns. Scale and addend come in the first two rows of the target: as arguments they would be boxed where C2 does
   * not inline the call.
   */
  private static void unpackQuants(MemorySegment w, long at, MemorySegment strip, long to) {
    FloatVector scale = FloatVector.fromMemorySegment(FLOATS, strip, to, ORDER);
    FloatVector addend = FloatVector.fromMemorySegment(FLOATS, strip, to + PackedLayout.VECTOR, ORDER);
    for (int i = 0; i < 4; i++) {
      IntVector v = IntVector.fromMemorySegment(INTS, w, at + i * PackedLayout.VECTOR, ORDER);
      for (int j = 0; j < 4; j++) {
        Lanes.toFloats(v.and(15)).fma(scale, addend).intoMemorySegment(strip, to, ORDER);
        Lanes.toFloats(v.lanewise(LSHR, 16).and(15)).fma(scale, addend).intoMemorySegment(strip, to + PackedLayout.VECTOR, ORDER);
        v = v.lanewise(LSHR, 4);
        to += 2 * PackedLayout.VECTOR;
      }
    }
  }
}
