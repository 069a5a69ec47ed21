package io.mvlm.kernels.vector;

import static io.mvlm.kernels.vector.Lanes.FLOATS;
import static io.mvlm.kernels.vector.Lanes.INTS;
import static io.mvlm.kernels.vector.Lanes.LANES;
import static io.mvlm.kernels.vector.Lanes.ORDER;
import static io.mvlm.kernels.vector.Lanes.SHORTS;

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
 * Weights kept as 8-bit integers without loss: Q8_0, and, taken apart, Q5_0, Q5_1, IQ4_NL (blocks of 32: words of an f16 scale and an f16
 * addend after the quants), Q2_K, Q3_K, Q5_K, Q6_K, IQ4_XS (super-blocks of 256: after eight blocks of quants, for each block a vector of bytes
 * sc, mn of its first and of its second 16 columns, then vectors of 32-bit floats d and dmin).
 *
 * <p>Two products of 8 bits fit a 16-bit lane: 2·128·127 = 32512. Weights of fewer bits are kept with a zero point that makes them positive
 * (q + zero): eight products of 5 bits (8·31·127 = 31496) or four of 6 bits (4·63·127 = 32004) fit, and masks replace sign extension.
 */
final class ByteMatrix extends PanelMatrix {
  private static final int QUANTS = 8 * PackedLayout.VECTOR;
  private static final int BLOCK = QUANTS + PackedLayout.VECTOR;
  private static final int SUPER_SCALES = 8 * QUANTS;
  private static final int SUPER_FACTORS = SUPER_SCALES + 8 * PackedLayout.VECTOR;
  private static final int SUPER_BLOCK = SUPER_FACTORS + 2 * PackedLayout.VECTOR;

  private static final IntVector LOW_BYTES = IntVector.broadcast(INTS, 0x00ff00ff);

  private final boolean superBlocks;
  private final boolean small;
  private final int zero;
  private final int blocks;

  private ByteMatrix(int rows, int columns, TensorType type, PackedLayout layout) {
    super(rows, columns, layout);
    this.superBlocks = type.blockLength() == 256;
    this.small = isSmall(type);
    this.zero = zero(type);
    this.blocks = columns / PackedLayout.BLOCK;
    layout.requireGroupBytes(superBlocks ? (long) blocks / 8 * SUPER_BLOCK : (long) blocks * BLOCK);
  }

  static ByteMatrix pack(CpuKernels.PackingContext context, Tensor... stacked) {
    TensorType type = stacked[0].type();
    RowReader reader = new RowReader(stacked);
    int columns = Packer.columns(stacked[0]);
    boolean superBlocks = type.blockLength() == 256;
    int count = columns / type.blockLength();
    PackedLayout layout = Packer.pack(context, reader, count * (superBlocks ? SUPER_BLOCK : BLOCK) / PackedLayout.VECTOR, superBlocks
        ? (file, at, words, lane) -> packSuperBlocks(type, file, at, count, words, lane)
        : (file, at, words, lane) -> packBlocks(type, file, at, count, words, lane));
    return new ByteMatrix(reader.rows(), columns, type, layout);
  }

  /** Whether all weights fit 6 bits when {@link #zero} is added. */
  private static boolean isSmall(TensorType type) {
    return switch (type) {
      case Q5_0, Q5_1, Q2_K, Q3_K, Q5_K, Q6_K -> true;
      default -> false;
    };
  }

  private static int zero(TensorType type) {
    return switch (type) {
      case Q5_0 -> 16;
      case Q3_K -> 4;
      case Q6_K -> 32;
      default -> 0;
    };
  }

  private static void packBlocks(TensorType type, byte[] file, int at, int count, int[] words, int lane) {
    byte[] quants = new byte[32];
    for (int b = 0; b < count; b++, at += type.blockBytes()) {
      int block = b * (BLOCK / 4) + lane;
      words[block + QUANTS / 4] = QuantReader.block(type, file, at, quants);
      packQuants(quants, 0, zero(type), words, block);
    }
  }

  private static void packSuperBlocks(TensorType type, byte[] file, int at, int count, int[] words, int lane) {
    byte[] quants = new byte[256];
    byte[] scales = new byte[32];
    for (int s = 0; s < count; s++, at += type.blockBytes()) {
      int block = s * (SUPER_BLOCK / 4) + lane;
      Packer.packFactors(QuantReader.superBlock(type, file, at, quants, scales), words, block + SUPER_FACTORS / 4);
      for (int b = 0; b < 8; b++) {
        packQuants(quants, 32 * b, zero(type), words, block + b * (QUANTS / 4));
        words[block + SUPER_SCALES / 4 + b * PackedLayout.ROWS] = scales[2 * b] & 0xff | (scales[16 + 2 * b] & 0xff) << 8
            | (scales[2 * b + 1] & 0xff) << 16 | scales[16 + 2 * b + 1] << 24;
      }
    }
  }

  /** Swaps the middle two of each four bytes, so that even columns come to the lower half of a word. */
  private static void packQuants(byte[] quants, int at, int zero, int[] words, int block) {
    for (int i = 0; i < 32; i++) {
      quants[at + i] += (byte) zero;
    }
    for (int i = 0; i < 8; i++) {
      int four = QuantReader.word(quants, at + 4 * i);
      words[block + i * PackedLayout.ROWS] = four & 0xff0000ff | four >>> 8 & 0xff00 | four << 8 & 0xff0000;
    }
  }

  @Override
  LinearInput.Form vectorForm() {
    return LinearInput.Form.INT8;
  }

  @Override
  void multiplyGroup(int group, LinearInput x, int t, float[] y, int yo, WorkerScratch scratch) {
    MemorySegment w = layout.group(group);
    for (int lane = 0; lane < PackedLayout.ROWS; lane += LANES) {
      if (superBlocks && small) {
        smallSuperBlocks(w, lane, blocks, zero, x.pairs(), x.pairOffset(t), x.scales(), x.scaleOffset(t), x.sums(), x.sumOffset(t), y, yo + lane);
      } else if (superBlocks) {
        superBlocks(w, lane, blocks, x.pairs(), x.pairOffset(t), x.scales(), x.scaleOffset(t), x.sums(), x.sumOffset(t), y, yo + lane);
      } else if (small) {
        smallBlocks(w, lane, blocks, zero, x.pairs(), x.pairOffset(t), x.scales(), x.scaleOffset(t), x.sums(), x.sumOffset(t), y, yo + lane);
      } else {
        blocks(w, lane, blocks, x.pairs(), x.pairOffset(t), x.scales(), x.scaleOffset(t), x.sums(), x.sumOffset(t), y, yo + lane);
      }
    }
  }

  // The products below call nothing but the Vector API: C2 stops inlining other methods in a body of this size, and boxes what they take
  // and give. Words of f16 become floats as in Lanes.

  private static void blocks(MemorySegment w, int lane, int blocks, int[] x, int xo, float[] scales, int so, int[] sums, int uo, float[] y,
      int yo) {
    FloatVector total = FloatVector.zero(FLOATS);
    for (int b = 0; b < blocks; b++) {
      long at = (long) b * BLOCK + 4 * lane;
      IntVector products = IntVector.zero(INTS);
      for (int i = 0; i < 8; i++) {
        IntVector four = IntVector.fromMemorySegment(INTS, w, at + i * PackedLayout.VECTOR, ORDER);
        int k = xo + 16 * b + 2 * i;
        // What the shift of whole words brings from the neighbour is shifted out again.
        ShortVector lower = four.lanewise(VectorOperators.LSHL, 8).reinterpretAsShorts().lanewise(VectorOperators.ASHR, 8)
            .mul(IntVector.broadcast(INTS, x[k]).reinterpretAsShorts());
        ShortVector upper = four.reinterpretAsShorts().lanewise(VectorOperators.ASHR, 8).mul(IntVector.broadcast(INTS, x[k + 1]).reinterpretAsShorts());
        IntVector words = lower.add(upper).reinterpretAsInts();
        products = words.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).add(products);
        products = words.lanewise(VectorOperators.ASHR, 16).add(products);
      }
      IntVector factors = IntVector.fromMemorySegment(INTS, w, at + QUANTS, ORDER);
      FloatVector d = factors.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 3).and(Lanes.F16_BITS).reinterpretAsFloats();
      FloatVector m = factors.lanewise(VectorOperators.ASHR, 3).and(Lanes.F16_BITS).reinterpretAsFloats();
      float scale = scales[so + b];
      total = ((FloatVector) products.convert(VectorOperators.I2F, 0)).fma(d.mul(scale), total);
      total = m.fma(FloatVector.broadcast(FLOATS, scale * (sums[uo + 2 * b] + sums[uo + 2 * b + 1])), total);
    }
    total.mul(LinearInput.UNSCALE).intoArray(y, yo);
  }

  private static void superBlocks(MemorySegment w, int lane, int blocks, int[] x, int xo, float[] scales, int so, int[] sums, int uo, float[] y,
      int yo) {
    FloatVector total = FloatVector.zero(FLOATS);
    for (int half = 0; half < 2 * blocks; half++) {
      long at = (long) (half / 16) * SUPER_BLOCK + 4 * lane;
      IntVector products = IntVector.zero(INTS);
      for (int i = 0; i < 4; i++) {
        IntVector four = IntVector.fromMemorySegment(INTS, w, at + half % 16 * (QUANTS / 2) + i * PackedLayout.VECTOR, ORDER);
        int k = xo + 8 * half + 2 * i;
        // What the shift of whole words brings from the neighbour is shifted out again.
        ShortVector lower = four.lanewise(VectorOperators.LSHL, 8).reinterpretAsShorts().lanewise(VectorOperators.ASHR, 8)
            .mul(IntVector.broadcast(INTS, x[k]).reinterpretAsShorts());
        ShortVector upper = four.reinterpretAsShorts().lanewise(VectorOperators.ASHR, 8).mul(IntVector.broadcast(INTS, x[k + 1]).reinterpretAsShorts());
        IntVector words = lower.add(upper).reinterpretAsInts();
        products = words.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).add(products);
        products = words.lanewise(VectorOperators.ASHR, 16).add(products);
      }
      IntVector bytes = IntVector.fromMemorySegment(INTS, w, at + SUPER_SCALES + half % 16 / 2 * PackedLayout.VECTOR, ORDER)
          .lanewise(VectorOperators.LSHR, half % 2 * 16);
      products = products.mul(bytes.lanewise(VectorOperators.LSHL, 24).lanewise(VectorOperators.ASHR, 24));
      IntVector minima = bytes.lanewise(VectorOperators.LSHR, 8).and(0xff).mul(sums[uo + half]);
      FloatVector d = FloatVector.fromMemorySegment(FLOATS, w, at + SUPER_FACTORS, ORDER);
      FloatVector dmin = FloatVector.fromMemorySegment(FLOATS, w, at + SUPER_FACTORS + PackedLayout.VECTOR, ORDER);
      float scale = scales[so + half / 2] * (1 / LinearInput.SCALE);
      total = ((FloatVector) products.convert(VectorOperators.I2F, 0)).fma(d.mul(scale), total);
      total = ((FloatVector) minima.convert(VectorOperators.I2F, 0)).fma(dmin.mul(-scale), total);
    }
    total.intoArray(y, yo);
  }

  private static void smallBlocks(MemorySegment w, int lane, int blocks, int zero, int[] x, int xo, float[] scales, int so, int[] sums, int uo,
      float[] y, int yo) {
    FloatVector total = FloatVector.zero(FLOATS);
    for (int b = 0; b < blocks; b++) {
      long at = (long) b * BLOCK + 4 * lane;
      ShortVector lower = ShortVector.zero(SHORTS);
      ShortVector upper = ShortVector.zero(SHORTS);
      for (int i = 0; i < 8; i++) {
        IntVector four = IntVector.fromMemorySegment(INTS, w, at + i * PackedLayout.VECTOR, ORDER);
        int k = xo + 16 * b + 2 * i;
        lower = four.and(LOW_BYTES).reinterpretAsShorts().mul(IntVector.broadcast(INTS, x[k]).reinterpretAsShorts()).add(lower);
        upper = four.lanewise(VectorOperators.LSHR, 8).and(LOW_BYTES).reinterpretAsShorts()
            .mul(IntVector.broadcast(INTS, x[k + 1]).reinterpretAsShorts()).add(upper);
      }
      IntVector first = lower.reinterpretAsInts();
      IntVector second = upper.reinterpretAsInts();
      IntVector products = first.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)
          .add(first.lanewise(VectorOperators.ASHR, 16))
          .add(second.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
          .add(second.lanewise(VectorOperators.ASHR, 16));
      int sum = sums[uo + 2 * b] + sums[uo + 2 * b + 1];
      products = products.sub(IntVector.broadcast(INTS, zero * sum));
      IntVector factors = IntVector.fromMemorySegment(INTS, w, at + QUANTS, ORDER);
      FloatVector d = factors.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 3).and(Lanes.F16_BITS).reinterpretAsFloats();
      FloatVector m = factors.lanewise(VectorOperators.ASHR, 3).and(Lanes.F16_BITS).reinterpretAsFloats();
      float scale = scales[so + b];
      total = ((FloatVector) products.convert(VectorOperators.I2F, 0)).fma(d.mul(scale), total);
      total = m.fma(FloatVector.broadcast(FLOATS, scale * sum), total);
    }
    total.mul(LinearInput.UNSCALE).intoArray(y, yo);
  }

  private static void smallSuperBlocks(MemorySegment w, int lane, int blocks, int zero, int[] x, int xo, float[] scales, int so, int[] sums,
      int uo, float[] y, int yo) {
    FloatVector total = FloatVector.zero(FLOATS);
    for (int half = 0; half < 2 * blocks; half++) {
      long at = (long) (half / 16) * SUPER_BLOCK + 4 * lane;
      ShortVector lower = ShortVector.zero(SHORTS);
      ShortVector upper = ShortVector.zero(SHORTS);
      for (int i = 0; i < 4; i++) {
        IntVector four = IntVector.fromMemorySegment(INTS, w, at + half % 16 * (QUANTS / 2) + i * PackedLayout.VECTOR, ORDER);
        int k = xo + 8 * half + 2 * i;
        lower = four.and(LOW_BYTES).reinterpretAsShorts().mul(IntVector.broadcast(INTS, x[k]).reinterpretAsShorts()).add(lower);
        upper = four.lanewise(VectorOperators.LSHR, 8).and(LOW_BYTES).reinterpretAsShorts()
            .mul(IntVector.broadcast(INTS, x[k + 1]).reinterpretAsShorts()).add(upper);
      }
      IntVector first = lower.reinterpretAsInts();
      IntVector second = upper.reinterpretAsInts();
      IntVector products = first.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)
          .add(first.lanewise(VectorOperators.ASHR, 16))
          .add(second.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
          .add(second.lanewise(VectorOperators.ASHR, 16));
      products = products.sub(IntVector.broadcast(INTS, zero * sums[uo + half]));
      IntVector bytes = IntVector.fromMemorySegment(INTS, w, at + SUPER_SCALES + half % 16 / 2 * PackedLayout.VECTOR, ORDER)
          .lanewise(VectorOperators.LSHR, half % 2 * 16);
      IntVector sc = bytes.lanewise(VectorOperators.LSHL, 24).lanewise(VectorOperators.ASHR, 24);
      IntVector mn = bytes.lanewise(VectorOperators.LSHR, 8).and(0xff);
      FloatVector d = FloatVector.fromMemorySegment(FLOATS, w, at + SUPER_FACTORS, ORDER);
      FloatVector dmin = FloatVector.fromMemorySegment(FLOATS, w, at + SUPER_FACTORS + PackedLayout.VECTOR, ORDER);
      float scale = scales[so + half / 2] * (1 / LinearInput.SCALE);
      FloatVector step = ((FloatVector) sc.convert(VectorOperators.I2F, 0)).mul(d.mul(scale));
      FloatVector minimum = ((FloatVector) mn.convert(VectorOperators.I2F, 0)).mul(dmin);
      total = ((FloatVector) products.convert(VectorOperators.I2F, 0)).fma(step, total);
      total = minimum.fma(FloatVector.broadcast(FLOATS, -scale * sums[uo + half]), total);
    }
    total.intoArray(y, yo);
  }

  private static IntVector signedByte(IntVector words, int left) {
    return words.lanewise(VectorOperators.LSHL, left).lanewise(VectorOperators.ASHR, 24);
  }

  private static IntVector unsignedByte(IntVector words, int right) {
    return words.lanewise(VectorOperators.LSHR, right).and(0xff);
  }

  @Override
  void unpack(int group, int fromColumn, int count, MemorySegment strip, long at, WorkerScratch scratch) {
    MemorySegment w = layout.group(group);
    Objects.checkFromIndexSize(fromColumn, count, columns());
    Ranges.check(strip, at, count * F32Tile.STRIP_BYTES);
    for (int b = fromColumn / 32; b < (fromColumn + count) / 32; b++) {
      long to = at + (long) (b * 32 - fromColumn) * PackedLayout.VECTOR;
      for (int lane = 0; lane < PackedLayout.ROWS; lane += LANES) {
        if (superBlocks) {
          unpackSuper(w, (long) (b / 8) * SUPER_BLOCK + 4 * lane, b % 8, zero, strip, to + 4 * lane);
        } else {
          unpackBlock(w, (long) b * BLOCK + 4 * lane, zero, strip, to + 4 * lane);
        }
      }
    }
  }

  private static void unpackBlock(MemorySegment w, long at, int zero, MemorySegment strip, long to) {
    for (int half = 0; half < 2; half++) {
      IntVector factors = IntVector.fromMemorySegment(INTS, w, at + QUANTS, ORDER);
      long target = to + half * 16 * PackedLayout.VECTOR;
      FloatVector d = Lanes.lowerHalf(factors).mul(0x1p112f);
      d.intoMemorySegment(strip, target, ORDER);
      Lanes.upperHalf(factors).mul(0x1p112f).sub(d.mul(zero)).intoMemorySegment(strip, target + PackedLayout.VECTOR, ORDER);
      unpack16(w, at + half * (QUANTS / 2), strip, target);
    }
  }

  private static void unpackSuper(MemorySegment w, long at, int b, int zero, MemorySegment strip, long to) {
    for (int half = 0; half < 2; half++) {
      FloatVector dmin = FloatVector.fromMemorySegment(FLOATS, w, at + SUPER_FACTORS + PackedLayout.VECTOR, ORDER);
      IntVector bytes = IntVector.fromMemorySegment(INTS, w, at + SUPER_SCALES + b * PackedLayout.VECTOR, ORDER)
          .lanewise(VectorOperators.LSHR, half * 16);
      long target = to + half * 16 * PackedLayout.VECTOR;
      FloatVector d = Lanes.toFloats(signedByte(bytes, 24)).mul(FloatVector.fromMemorySegment(FLOATS, w, at + SUPER_FACTORS, ORDER));
      d.intoMemorySegment(strip, target, ORDER);
      Lanes.toFloats(unsignedByte(bytes, 8)).mul(dmin).add(d.mul(zero)).neg()
          .intoMemorySegment(strip, target + PackedLayout.VECTOR, ORDER);
      unpack16(w, at + b * QUANTS + half * (QUANTS / 2), strip, target);
    }
  }

  /**
   * q·scale + addend for 16 columns. Scale and addend come in the first two rows of the target: as arguments they would be boxed where C2 does
   * not inline the call.
   */
  private static void unpack16(MemorySegment w, long at, MemorySegment strip, long to) {
    FloatVector scale = FloatVector.fromMemorySegment(FLOATS, strip, to, ORDER);
    FloatVector addend = FloatVector.fromMemorySegment(FLOATS, strip, to + PackedLayout.VECTOR, ORDER);
    for (int i = 0; i < 4; i++) {
      IntVector v = IntVector.fromMemorySegment(INTS, w, at + i * PackedLayout.VECTOR, ORDER);
      Lanes.toFloats(signedByte(v, 24)).fma(scale, addend).intoMemorySegment(strip, to, ORDER);
      Lanes.toFloats(signedByte(v, 8)).fma(scale, addend).intoMemorySegment(strip, to + PackedLayout.VECTOR, ORDER);
      Lanes.toFloats(signedByte(v, 16)).fma(scale, addend).intoMemorySegment(strip, to + 2 * PackedLayout.VECTOR, ORDER);
      Lanes.toFloats(v.lanewise(VectorOperators.ASHR, 24)).fma(scale, addend).intoMemorySegment(strip, to + 3 * PackedLayout.VECTOR, ORDER);
      to += 4 * PackedLayout.VECTOR;
    }
  }
}
