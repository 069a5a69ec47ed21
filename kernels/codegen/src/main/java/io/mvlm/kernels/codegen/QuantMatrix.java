package io.mvlm.kernels.codegen;

import io.mvlm.core.Tensor;
import io.mvlm.kernels.cpu.CpuKernels;
import io.mvlm.kernels.cpu.LinearInput;
import io.mvlm.kernels.cpu.PackedMatrix;
import io.mvlm.kernels.cpu.RowReader;
import io.mvlm.kernels.cpu.WorkerScratch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A quantised matrix in a {@link BlockFormat}, multiplied by {@link QuantProduct}, or where the processor has a matrix unit, with more than a few
 * tokens, by {@link TileProduct}.
 */
final class QuantMatrix extends PackedMatrix implements TilePanels.Source {
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
  /** Up to so many tokens, those of decoding, the matrix unit does not pay. */
  private static final int FEW_TOKENS = 3;
  /** Multiply-adds of a call: a tenth of a millisecond with AVX-512, half of one with AVX2. */
  private static final long CALL = 1 << 24;

  private final BlockFormat format;
  private final GroupMemory memory;
  private final Kernel[] products;
  private final LinearInput.OwnForm rounded;
  /** Null without a matrix unit, as {@link #split}. */
  private final TilePanels panels;
  private final Kernel split;

  private QuantMatrix(int rows, int columns, BlockFormat format, GroupMemory memory, Kernels kernels) {
    super(rows, columns);
    this.format = format;
    this.memory = memory;
    this.products = kernels.quantProducts(format);
    this.rounded = kernels.roundedForm();
    this.panels = kernels.tier().hasTiles() ? kernels.tilePanels(1) : null;
    this.split = panels == null ? null : kernels.split(format);
  }

  static QuantMatrix pack(CpuKernels.PackingContext context, BlockFormat format, Kernels kernels, Tensor... stacked) {
    RowReader reader = new RowReader(stacked);
    int columns = Math.toIntExact(stacked[0].shape().columns());
    GroupMemory memory = GroupMemory.pack(context, reader, format.groupBytes(columns), kernels.packer(format), format.strides(columns));
    return new QuantMatrix(reader.rows(), columns, format, memory, kernels);
  }

  @Override
  public long byteSize() {
    return memory.byteSize();
  }

  @Override
  public int unitRows(int tokens) {
    return usesTiles(tokens) ? TilePanels.ROWS : BlockFormat.ROWS;
  }

  @Override
  public LinearInput.Form inputForm(int tokens) {
    return usesTiles(tokens) ? panels.form() : rounded;
  }

  private boolean usesTiles(int tokens) {
    return panels != null && tokens > FEW_TOKENS;
  }

  @Override
  public void multiply(LinearInput x, float[] y, int yOffset, int yStride, int fromRow, int toRow, WorkerScratch scratch) {
    requireFit(x, y, yOffset, yStride, fromRow, toRow);
    if (usesTiles(x.rows())) {
      panels.multiply(this, (SplitFloats) x.packed(panels.form()), x.rows(), y, yOffset, yStride, fromRow, toRow, scratch);
    } else {
      multiplyBlocks((TiledInt8) x.packed(rounded), x.rows(), y, yOffset, yStride, fromRow, toRow, scratch);
    }
  }

  @Override
  public void split(int group, int from, int columns, MemorySegment panel, long offset) {
    split.call(memory.address(group) + (long) format.strides(from) * format.stride(), MemorySegment.NULL, panel, 0, offset, format.strides(columns),
        0, 0, 0);
  }

  private void multiplyBlocks(TiledInt8 tiles, int tokens, float[] y, int yOffset, int yStride, int fromRow, int toRow, WorkerScratch scratch) {
    int most = (int) Math.max(1, CALL / ((long) BlockFormat.ROWS * columns() * tokens));
    MemorySegment target = MemorySegment.ofArray(y);
    int group = fromRow / BlockFormat.ROWS;
    int end = toRow / BlockFormat.ROWS;
    while (group < end) {
      int count = memory.together(group, Math.min(most, end - group));
      int at = yOffset + group * BlockFormat.ROWS;
      multiply(tiles, group, count, target, at, yStride);
      group += count;
    }
    int rest = toRow % BlockFormat.ROWS;
    if (rest > 0) {
      float[] sums = scratch.floats(0, tokens * BlockFormat.ROWS);
      multiply(tiles, end, 1, MemorySegment.ofArray(sums), 0, BlockFormat.ROWS);
      for (int t = 0; t < tokens; t++) {
        System.arraycopy(sums, t * BlockFormat.ROWS, y, yOffset + t * yStride + end * BlockFormat.ROWS, rest);
      }
    }
  }

  private void multiply(TiledInt8 tiles, int group, int groups, MemorySegment y, int yOffset, int yStride) {
    TilePlan plan = tiles.plan();
    int strides = format.strides(columns());
    products[plan.large() - 1].call(memory.address(group), tiles.segment(), y, 0, 4L * yOffset, 4L * yStride, strides, plan.largeCount(), groups);
    if (plan.smallCount() > 0) {
      int first = plan.largeCount();
      products[plan.small() - 1].call(memory.address(group), tiles.segment(), y, tiles.offset(first), 4L * (yOffset + plan.first(first) * yStride),
          4L * yStride, strides, plan.smallCount(), groups);
    }
  }

  @Override
  public void readRow(int row, float[] target, int offset, WorkerScratch scratch) {
    MemorySegment group = memory.group(row / BlockFormat.ROWS);
    int lane = row % BlockFormat.ROWS;
    for (int k = 0; k < columns(); k++) {
      int index = k / BlockFormat.COLUMNS;
      long stride = (long) (index / format.blocksTogether()) * format.stride();
      long block = stride + (long) (index % format.blocksTogether()) * format.blockBytes();
      long behind = stride + (long) format.blocksTogether() * format.blockBytes();
      int column = k % BlockFormat.COLUMNS;
      target[offset + k] = value(group, block, behind, column, quant(group, block, column, lane), lane);
    }
  }

  /** @param behind what stands behind the super-block */
  private float value(MemorySegment group, long block, long behind, int column, int quant, int lane) {
    long scales = block + format.quantBytes();
    return switch (format.scales) {
      case HALF -> half(group, scales, lane) * (quant - format.zero);
      case HALF_AND_MINIMUM -> half(group, scales, lane) * quant + half(group, scales + 2 * BlockFormat.ROWS, lane);
      case SUPER_AND_MINIMUM -> half(group, behind, lane) * group.get(ValueLayout.JAVA_BYTE, scales + lane) * quant
          - half(group, behind + 2 * BlockFormat.ROWS, lane) * group.get(ValueLayout.JAVA_BYTE, scales + BlockFormat.ROWS + lane);
      case SUPER_BY_HALVES -> half(group, behind, lane)
          * group.get(ValueLayout.JAVA_BYTE, scales + column / BlockFormat.ROWS * BlockFormat.ROWS + lane) * (quant - format.zero);
    };
  }

  private static float half(MemorySegment group, long at, int lane) {
    return Float.float16ToFloat(group.get(SHORT, at + 2L * lane));
  }

  private int quant(MemorySegment group, long block, int column, int lane) {
    int within = 4 * lane + column % 4;
    if (format.bits == 8) {
      return octet(group, block + column / 4 * BlockFormat.VECTOR + within);
    }
    int octet = octet(group, block + column % 16 / 4 * BlockFormat.VECTOR + within);
    int low = column < 16 ? octet & 15 : octet >> 4;
    return switch (format.bits) {
      case 5 -> low | (octet(group, block + 4 * BlockFormat.VECTOR + within) >> column / 4 & 1) << 4;
      case 6 -> low | (octet(group, block + (4 + column / 16) * BlockFormat.VECTOR + within) >> column % 16 / 4 * 2 & 3) << 4;
      default -> low;
    };
  }

  private static int octet(MemorySegment group, long at) {
    return group.get(ValueLayout.JAVA_BYTE, at) & 0xFF;
  }
}
