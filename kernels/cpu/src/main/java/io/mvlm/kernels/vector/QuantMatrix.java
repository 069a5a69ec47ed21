package io.mvlm.kernels.vector;

import static io.mvlm.kernels.vector.Lanes.BYTES;
import static io.mvlm.kernels.vector.Lanes.LANES;
import static io.mvlm.kernels.vector.PackedLayout.VECTOR;

import io.mvlm.core.Tensor;
import io.mvlm.core.TensorType;
import io.mvlm.kernels.cpu.CpuKernels;
import io.mvlm.kernels.cpu.LinearInput;
import io.mvlm.kernels.cpu.RowReader;
import io.mvlm.kernels.cpu.WorkerScratch;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;

/**
 * Quantised weights, kept without loss as integers of 4, 5, 6 or 8 bits and their scales (see {@link PackedLayout}). A product with few
 * tokens takes a chunk of 256 columns at a time: {@link IntegerProducts} sums up integers, {@link BlockScales} turns the sums into floats.
 */
final class QuantMatrix extends PanelMatrix {
  /** Blocks of a chunk. */
  private static final int CHUNK = 8;

  private final QuantFormat format;
  private final int blocks;

  private QuantMatrix(int rows, int columns, QuantFormat format, PackedLayout layout) {
    super(rows, columns, layout);
    this.format = format;
    this.blocks = columns / PackedLayout.BLOCK;
    layout.requireGroupBytes((long) vectors(format, blocks) * VECTOR);
  }

  static QuantMatrix pack(CpuKernels.PackingContext context, Tensor... stacked) {
    TensorType type = stacked[0].type();
    QuantFormat format = QuantFormat.of(type);
    RowReader reader = new RowReader(stacked);
    int columns = Packer.columns(stacked[0]);
    int blocks = columns / PackedLayout.BLOCK;
    PackedLayout layout = Packer.pack(context, reader, vectors(format, blocks), (file, at, words, lane) -> {
      int bytes = type.blockBytes() * (CHUNK * PackedLayout.BLOCK / type.blockLength());
      for (int b = 0, word = lane; b < blocks; b += CHUNK, at += bytes, word += format.vectors(CHUNK) * PackedLayout.ROWS) {
        ChunkPacker.pack(type, format, file, at, Math.min(CHUNK, blocks - b), words, word);
      }
    });
    return new QuantMatrix(reader.rows(), columns, format, layout);
  }

  /** Vectors of a group. */
  private static int vectors(QuantFormat format, int blocks) {
    return blocks / CHUNK * format.vectors(CHUNK) + format.vectors(blocks % CHUNK);
  }

  @Override
  LinearInput.Form vectorForm() {
    return format.form();
  }

  @Override
  void multiplyBundle(int row, LinearInput x, int t, float[] y, int yo, WorkerScratch scratch) {
    MemorySegment w = layout.segment(row / PackedLayout.ROWS);
    long a = at(row);
    long b = at(row + LANES);
    long c = at(row + 2 * LANES);
    long d = at(row + 3 * LANES);
    BitFactors factors = (BitFactors) x.packed(format.form());
    MemorySegment sums = scratch.panel(4L * CHUNK * format.units() * BYTES);
    Arrays.fill(y, yo, yo + PackedLayout.BUNDLE, 0f);
    for (int block = 0; block < blocks; block += CHUNK) {
      int n = Math.min(CHUNK, blocks - block);
      int fo = factors.offset(t) + block * format.units() * BitFactors.stride(format.bits());
      switch (format.bits()) {
        case 4 -> IntegerProducts.fourBits(w, a, b, c, d, n, factors.factors(), fo, sums);
        case 5 -> IntegerProducts.fiveBits(w, a, b, c, d, n, factors.factors(), fo, sums);
        case 6 -> IntegerProducts.sixBits(w, a, b, c, d, n * format.units(), factors.factors(), fo, sums);
        default -> IntegerProducts.eightBits(w, a, b, c, d, n, factors.factors(), fo, sums);
      }
      addScaled(w, a, b, c, d, n, sums, x, t, block, y, yo);
      long chunk = (long) format.vectors(CHUNK) * VECTOR;
      a += chunk;
      b += chunk;
      c += chunk;
      d += chunk;
    }
    if (!format.superBlocks()) {
      for (int r = 0; r < PackedLayout.BUNDLE; r++) {
        y[yo + r] *= LinearInput.UNSCALE;
      }
    }
  }

  private void addScaled(MemorySegment w, long a, long b, long c, long d, int n, MemorySegment sums, LinearInput x, int t, int block,
      float[] y, int yo) {
    long at = (long) n * format.bits() * VECTOR;
    a += at;
    b += at;
    c += at;
    d += at;
    int so = x.scaleOffset(t) + block;
    int uo = x.sumOffset(t) + 2 * block;
    switch (format.scales()) {
      case HALVES -> BlockScales.halves(w, a, b, c, d, n, sums, x.scales(), so, y, yo);
      case WORDS -> BlockScales.words(w, a, b, c, d, n, format.shift(), sums, x.scales(), so, x.sums(), uo, y, yo);
      case BYTES -> BlockScales.bytes(w, a, b, c, d, format.units(), sums, x.scales(), so, y, yo);
      case BYTE_PAIRS -> {
        addBytePairs(w, a, sums, 0, x, so, uo, y, yo);
        addBytePairs(w, b, sums, BYTES, x, so, uo, y, yo + LANES);
        addBytePairs(w, c, sums, 2 * BYTES, x, so, uo, y, yo + 2 * LANES);
        addBytePairs(w, d, sums, 3 * BYTES, x, so, uo, y, yo + 3 * LANES);
      }
    }
  }

  private void addBytePairs(MemorySegment w, long at, MemorySegment sums, int from, LinearInput x, int so, int uo, float[] y, int yo) {
    if (format.units() == 1) {
      BlockScales.bytePairs(w, at, format.shift(), sums, from, x.scales(), so, x.sums(), uo, y, yo);
    } else {
      BlockScales.halfBytePairs(w, at, format.shift(), sums, from, x.scales(), so, x.sums(), uo, y, yo);
    }
  }

  @Override
  void unpack(int group, int fromColumn, int count, MemorySegment panel, long at) {
    MemorySegment w = layout.segment(group);
    Objects.checkFromIndexSize(fromColumn, count, columns());
    Ranges.check(panel, at, (count - 1) * F32Tile.ROW_BYTES + VECTOR);
    for (int b = fromColumn / PackedLayout.BLOCK; b < (fromColumn + count) / PackedLayout.BLOCK; b++) {
      int i = b % CHUNK;
      long chunk = layout.offset(group) + (long) (b / CHUNK) * format.vectors(CHUNK) * VECTOR;
      long scales = chunk + (long) Math.min(CHUNK, blocks - b + i) * format.bits() * VECTOR;
      long quants = chunk + (long) i * format.bits() * VECTOR;
      long to = at + (b * PackedLayout.BLOCK - fromColumn) * F32Tile.ROW_BYTES;
      for (int lane = 0; lane < 4 * PackedLayout.ROWS; lane += BYTES) {
        for (int unit = 0; unit < format.units(); unit++) {
          unpackUnit(w, quants + lane, scales + lane, i, unit, panel, to + lane + unit * (F32Tile.ROW_BYTES * PackedLayout.BLOCK / 2));
        }
      }
    }
  }

  private void unpackUnit(MemorySegment w, long quants, long scales, int i, int unit, MemorySegment panel, long to) {
    switch (format.scales()) {
      case HALVES -> BlockScales.unpackHalf(w, scales, i, format.zero(), panel, to);
      case WORDS -> BlockScales.unpackWord(w, scales, i, panel, to);
      case BYTES -> BlockScales.unpackByte(w, scales, format.units(), i * format.units() + unit, format.zero(), panel, to);
      case BYTE_PAIRS -> BlockScales.unpackBytePair(w, scales, format.units(), i * format.units() + unit, panel, to);
    }
    switch (format.bits()) {
      case 4 -> Unpacking.fourBits(w, quants + (long) unit * 2 * VECTOR, 4 / format.units(), panel, to);
      case 8 -> Unpacking.eightBits(w, quants + (long) unit * 4 * VECTOR, 8 / format.units(), panel, to);
      case 5 -> Unpacking.fiveBits(w, quants, panel, to);
      default -> Unpacking.sixBits(w, quants + (long) unit * 3 * VECTOR, panel, to);
    }
  }
}
