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
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Weights kept as 8-bit integers without loss: Q8_0, and, taken apart, Q5_0, Q5_1, IQ4_NL (blocks of 32: words of an f16 scale and an f16
 * addend after the quants), Q2_K, Q3_K, Q5_K, Q6_K, IQ4_XS (super-blocks of 256: after eight blocks of quants, for each block a vector of bytes
 * sc, mn of its first and of its second 16 columns, then one vector of words d, dmin). Two products of 8 bits fit a 16-bit lane:
 * 2·128·127 = 32512.
 */
final class ByteMatrix extends PanelMatrix {
  private static final int QUANTS = 8 * PackedLayout.VECTOR;
  private static final int BLOCK = QUANTS + PackedLayout.VECTOR;
  private static final int SUPER_SCALES = 8 * QUANTS;
  private static final int SUPER_FACTORS = SUPER_SCALES + 8 * PackedLayout.VECTOR;
  private static final int SUPER_BLOCK = SUPER_FACTORS + PackedLayout.VECTOR;

  private final boolean superBlocks;
  private final int blocks;

  private ByteMatrix(int rows, int columns, boolean superBlocks, PackedLayout layout) {
    super(rows, columns, layout);
    this.superBlocks = superBlocks;
    this.blocks = columns / PackedLayout.BLOCK;
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
    return new ByteMatrix(reader.rows(), columns, superBlocks, layout);
  }

  private static void packBlocks(TensorType type, byte[] file, int at, int count, int[] words, int lane) {
    byte[] quants = new byte[32];
    for (int b = 0; b < count; b++, at += type.blockBytes()) {
      int block = b * (BLOCK / 4) + lane;
      words[block + QUANTS / 4] = QuantReader.block(type, file, at, quants);
      packQuants(quants, 0, words, block);
    }
  }

  private static void packSuperBlocks(TensorType type, byte[] file, int at, int count, int[] words, int lane) {
    byte[] quants = new byte[256];
    byte[] scales = new byte[32];
    for (int s = 0; s < count; s++, at += type.blockBytes()) {
      int block = s * (SUPER_BLOCK / 4) + lane;
      words[block + SUPER_FACTORS / 4] = QuantReader.superBlock(type, file, at, quants, scales);
      for (int b = 0; b < 8; b++) {
        packQuants(quants, 32 * b, words, block + b * (QUANTS / 4));
        words[block + SUPER_SCALES / 4 + b * PackedLayout.ROWS] = scales[2 * b] & 0xff | (scales[16 + 2 * b] & 0xff) << 8
            | (scales[2 * b + 1] & 0xff) << 16 | scales[16 + 2 * b + 1] << 24;
      }
    }
  }

  /** Swaps the middle two of each four bytes, so that even columns come to the lower half of a word. */
  private static void packQuants(byte[] quants, int at, int[] words, int block) {
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
  void multiplyGroup(int group, LinearInput x, int t, float[] y, int yo) {
    MemorySegment w = layout.group(group);
    for (int lane = 0; lane < PackedLayout.ROWS; lane += LANES) {
      if (superBlocks) {
        superBlocks(w, lane, blocks, x.pairs(), x.pairOffset(t), x.scales(), x.scaleOffset(t), x.sums(), x.sumOffset(t), y, yo + lane);
      } else {
        blocks(w, lane, blocks, x.pairs(), x.pairOffset(t), x.scales(), x.scaleOffset(t), x.sums(), x.sumOffset(t), y, yo + lane);
      }
    }
  }

  private static void blocks(MemorySegment w, int lane, int blocks, int[] x, int xo, float[] scales, int so, int[] sums, int uo, float[] y,
      int yo) {
    FloatVector total = FloatVector.zero(FLOATS);
    for (int b = 0; b < blocks; b++) {
      long at = (long) b * BLOCK + 4 * lane;
      IntVector products = dot16(w, at, x, xo + 16 * b).add(dot16(w, at + QUANTS / 2, x, xo + 16 * b + 8));
      IntVector factors = IntVector.fromMemorySegment(INTS, w, at + QUANTS, ORDER);
      float scale = scales[so + b];
      total = Lanes.toFloats(products).fma(Lanes.lowerHalf(factors).mul(scale), total);
      total = Lanes.upperHalf(factors).fma(FloatVector.broadcast(FLOATS, scale * (sums[uo + 2 * b] + sums[uo + 2 * b + 1])), total);
    }
    total.mul(LinearInput.UNSCALE).intoArray(y, yo);
  }

  private static void superBlocks(MemorySegment w, int lane, int blocks, int[] x, int xo, float[] scales, int so, int[] sums, int uo, float[] y,
      int yo) {
    FloatVector total = FloatVector.zero(FLOATS);
    for (int s = 0; s < blocks / 8; s++) {
      long at = (long) s * SUPER_BLOCK + 4 * lane;
      IntVector factors = IntVector.fromMemorySegment(INTS, w, at + SUPER_FACTORS, ORDER);
      FloatVector d = Lanes.lowerHalf(factors);
      FloatVector dmin = Lanes.upperHalf(factors);
      for (int b = 0; b < 8; b++) {
        int block = 8 * s + b;
        IntVector bytes = IntVector.fromMemorySegment(INTS, w, at + SUPER_SCALES + b * PackedLayout.VECTOR, ORDER);
        IntVector first = dot16(w, at + b * QUANTS, x, xo + 16 * block).mul(signedByte(bytes, 24));
        IntVector second = dot16(w, at + b * QUANTS + QUANTS / 2, x, xo + 16 * block + 8).mul(signedByte(bytes, 8));
        IntVector minima = unsignedByte(bytes, 8).mul(sums[uo + 2 * block]).add(unsignedByte(bytes, 24).mul(sums[uo + 2 * block + 1]));
        float scale = scales[so + block];
        total = Lanes.toFloats(first.add(second)).fma(d.mul(scale), total);
        total = Lanes.toFloats(minima).fma(dmin.mul(-scale), total);
      }
    }
    total.mul(LinearInput.UNSCALE).intoArray(y, yo);
  }

  private static IntVector signedByte(IntVector words, int left) {
    return words.lanewise(VectorOperators.LSHL, left).lanewise(VectorOperators.ASHR, 24);
  }

  private static IntVector unsignedByte(IntVector words, int right) {
    return words.lanewise(VectorOperators.LSHR, right).and(0xff);
  }

  /** Products of 16 columns, one sum for each row. */
  private static IntVector dot16(MemorySegment w, long at, int[] x, int xo) {
    IntVector a = dot4(w, at, x, xo).add(dot4(w, at + PackedLayout.VECTOR, x, xo + 2));
    IntVector b = dot4(w, at + 2 * PackedLayout.VECTOR, x, xo + 4).add(dot4(w, at + 3 * PackedLayout.VECTOR, x, xo + 6));
    return a.add(b);
  }

  private static IntVector dot4(MemorySegment w, long at, int[] x, int xo) {
    ShortVector v = ShortVector.fromMemorySegment(SHORTS, w, at, ORDER);
    ShortVector lower = v.lanewise(VectorOperators.LSHL, 8).lanewise(VectorOperators.ASHR, 8).mul(pair(x[xo]));
    ShortVector upper = v.lanewise(VectorOperators.ASHR, 8).mul(pair(x[xo + 1]));
    return Lanes.foldPairs(lower.add(upper));
  }

  private static ShortVector pair(int activations) {
    return IntVector.broadcast(INTS, activations).reinterpretAsShorts();
  }

  @Override
  void unpack(int group, int fromColumn, int count, float[] panel, int at) {
    MemorySegment w = layout.group(group);
    for (int b = fromColumn / 32; b < (fromColumn + count) / 32; b++) {
      int to = at + (b * 32 - fromColumn) * PackedLayout.PANEL;
      for (int lane = 0; lane < PackedLayout.ROWS; lane += LANES) {
        if (superBlocks) {
          unpackSuper(w, (long) (b / 8) * SUPER_BLOCK + 4 * lane, b % 8, panel, to + lane);
        } else {
          unpackBlock(w, (long) b * BLOCK + 4 * lane, panel, to + lane);
        }
      }
    }
  }

  private static void unpackBlock(MemorySegment w, long at, float[] panel, int to) {
    IntVector factors = IntVector.fromMemorySegment(INTS, w, at + QUANTS, ORDER);
    FloatVector scale = Lanes.lowerHalf(factors).mul(0x1p112f);
    FloatVector addend = Lanes.upperHalf(factors).mul(0x1p112f);
    unpack16(w, at, scale, addend, panel, to);
    unpack16(w, at + QUANTS / 2, scale, addend, panel, to + 16 * PackedLayout.PANEL);
  }

  private static void unpackSuper(MemorySegment w, long at, int b, float[] panel, int to) {
    IntVector factors = IntVector.fromMemorySegment(INTS, w, at + SUPER_FACTORS, ORDER);
    FloatVector d = Lanes.lowerHalf(factors).mul(0x1p112f);
    FloatVector dmin = Lanes.upperHalf(factors).mul(-0x1p112f);
    IntVector bytes = IntVector.fromMemorySegment(INTS, w, at + SUPER_SCALES + b * PackedLayout.VECTOR, ORDER);
    unpack16(w, at + b * QUANTS, Lanes.toFloats(signedByte(bytes, 24)).mul(d), Lanes.toFloats(unsignedByte(bytes, 8)).mul(dmin), panel, to);
    unpack16(w, at + b * QUANTS + QUANTS / 2, Lanes.toFloats(signedByte(bytes, 8)).mul(d), Lanes.toFloats(unsignedByte(bytes, 24)).mul(dmin),
        panel, to + 16 * PackedLayout.PANEL);
  }

  /** q·scale + addend for 16 columns. */
  private static void unpack16(MemorySegment w, long at, FloatVector scale, FloatVector addend, float[] panel, int to) {
    for (int i = 0; i < 4; i++) {
      IntVector v = IntVector.fromMemorySegment(INTS, w, at + i * PackedLayout.VECTOR, ORDER);
      Lanes.toFloats(signedByte(v, 24)).fma(scale, addend).intoArray(panel, to);
      Lanes.toFloats(signedByte(v, 8)).fma(scale, addend).intoArray(panel, to + PackedLayout.PANEL);
      Lanes.toFloats(signedByte(v, 16)).fma(scale, addend).intoArray(panel, to + 2 * PackedLayout.PANEL);
      Lanes.toFloats(v.lanewise(VectorOperators.ASHR, 24)).fma(scale, addend).intoArray(panel, to + 3 * PackedLayout.PANEL);
      to += 4 * PackedLayout.PANEL;
    }
  }
}
