package io.mvlm.kernels.codegen;

import io.mvlm.core.Tensor;
import io.mvlm.kernels.cpu.CpuKernels;
import io.mvlm.kernels.cpu.LinearInput;
import io.mvlm.kernels.cpu.PackedMatrix;
import io.mvlm.kernels.cpu.RowReader;
import io.mvlm.kernels.cpu.WorkerScratch;
import java.lang.foreign.MemorySegment;

/**
 * A quantised matrix in a {@link BlockFormat}, multiplied by {@link QuantProduct}, or, with many tokens, unpacked into {@link Panels}: with 512-bit
 * vectors, for {@link ByteProduct}, and where the processor has a matrix unit, for {@link TileProduct}.
 */
final class QuantMatrix extends PackedMatrix implements Panels.Source {
  /** Of a tile's activations: half of a first-level cache of 48 KiB, beside the weights that pass by. */
  static final int SLICE_BYTES = 24 << 10;
  /** Of the slices of groups that meet one tile after the other: they stay in a second-level cache. */
  static final int GROUPS_BYTES = 512 << 10;
  /** Of the slices of streams that 256-bit vectors meet twice: half of a second-level cache of 256 KiB. */
  private static final int STREAMS_BYTES = 128 << 10;

  private final BlockFormat format;
  private final GroupMemory memory;
  private final Kernels.QuantProducts products;
  private final Tier tier;
  private final LinearInput.OwnForm rounded;
  /** Null in tiers of 256 bits, as {@link #unpack}. */
  private final Panels panels;
  private final Kernel unpack;

  private QuantMatrix(int rows, int columns, BlockFormat format, GroupMemory memory, Kernels kernels) {
    super(rows, columns);
    this.format = format;
    this.memory = memory;
    this.products = kernels.quantProducts(format);
    this.tier = kernels.tier();
    this.rounded = kernels.roundedForm();
    boolean tiles = kernels.tier().hasTiles();
    this.panels = tier.bits() < 512 ? null : tiles ? kernels.tilePanels(1) : kernels.bytePanels(format);
    this.unpack = panels == null ? null : tiles ? kernels.split(format) : kernels.byteUnpacker(format);
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
    return usesPanels(tokens) ? panels.unitRows() : BlockFormat.ROWS * QuantProduct.streams(tier, tokens);
  }

  @Override
  public int mostUnits(int tokens) {
    return usesPanels(tokens) ? panels.mostUnits() : super.mostUnits(tokens);
  }

  @Override
  public LinearInput.Form inputForm(int tokens) {
    return usesPanels(tokens) ? panels.form() : rounded;
  }

  private boolean usesPanels(int tokens) {
    // With a matrix unit no more than wait for the memory in any case, else what two tiles take, are multiplied as they are.
    return panels != null && tokens > (tier.hasTiles() ? QuantProduct.FEW_TOKENS : 2 * QuantProduct.mostTokens(tier));
  }

  @Override
  public void multiply(LinearInput x, float[] y, int yOffset, int yStride, int fromRow, int toRow, WorkerScratch scratch) {
    requireFit(x, y, yOffset, yStride, fromRow, toRow);
    if (usesPanels(x.rows())) {
      panels.multiply(this, x, y, yOffset, yStride, fromRow, toRow, scratch);
    } else {
      multiplyBlocks((TiledInt8) x.packed(rounded), x.rows(), y, yOffset, yStride, fromRow, toRow, scratch);
    }
  }

  @Override
  public void unpack(int group, int from, int columns, MemorySegment panel, long offset) {
    unpack.call(memory.address(group) + (long) format.strides(from) * format.stride(), MemorySegment.NULL, panel, 0, offset, format.strides(columns),
        0, 0, 0);
  }

  private void multiplyBlocks(TiledInt8 tiles, int tokens, float[] y, int yOffset, int yStride, int fromRow, int toRow, WorkerScratch scratch) {
    MemorySegment target = MemorySegment.ofArray(y);
    int end = toRow / BlockFormat.ROWS;
    int slice = slice(tiles.plan());
    int most = tiles.plan().tiles() > 1 ? Math.max(1, GROUPS_BYTES / (slice * format.stride())) : Integer.MAX_VALUE;
    for (int group = fromRow / BlockFormat.ROWS, count; group < end; group += count) {
      count = memory.together(group, Math.min(most, end - group));
      multiplyGroups(tiles, slice, group, count, target, yOffset + group * BlockFormat.ROWS, yStride);
    }
    int rest = toRow % BlockFormat.ROWS;
    if (rest > 0) {
      float[] sums = scratch.floats(0, tokens * BlockFormat.ROWS);
      multiplyGroups(tiles, slice, end, 1, MemorySegment.ofArray(sums), 0, BlockFormat.ROWS);
      for (int t = 0; t < tokens; t++) {
        System.arraycopy(sums, t * BlockFormat.ROWS, y, yOffset + t * yStride + end * BlockFormat.ROWS, rest);
      }
    }
  }

  /**
   * Strides of a slice, all slices being about as long. A single tile, for which weights are read once, takes all of them, unless a vector is
   * half a group: then the streams must still be in the second-level cache when the other halves follow.
   */
  private int slice(TilePlan plan) {
    int strides = format.strides(columns());
    if (plan.tiles() > 1) {
      return Slices.even(strides, TiledInt8.TOKEN_BLOCK * format.blocksTogether() * plan.large(), SLICE_BYTES);
    }
    int streams = QuantProduct.streams(tier, plan.large());
    return streams == 1 || tier.lanes() == BlockFormat.ROWS ? strides : Slices.even(strides, streams * format.stride(), STREAMS_BYTES);
  }

  /** Slice by slice of the columns, tile by tile: the slice of a tile stays in the first-level cache, that of the groups in the second. */
  private void multiplyGroups(TiledInt8 tiles, int slice, int group, int groups, MemorySegment y, int yOffset, int yStride) {
    TilePlan plan = tiles.plan();
    MemorySegment activations = tiles.segment();
    int strides = format.strides(columns());
    long groupBytes = format.groupBytes(columns());
    long together = (long) BlockFormat.ROWS * BlockFormat.COLUMNS * format.blocksTogether() * slice * plan.large();
    int most = (int) Math.max(1, Kernel.MULTIPLY_ADDS / together);
    for (int from = 0; from < strides; from += slice) {
      int count = Math.min(slice, strides - from);
      for (int tile = 0; tile < plan.tiles(); tile++) {
        int size = plan.size(tile);
        long x = tiles.offset(tile) + (long) from * format.blocksTogether() * TiledInt8.TOKEN_BLOCK * size;
        int streams = QuantProduct.streams(tier, size);
        for (int g = 0; g < groups; ) {
          int left = Math.min(most, groups - g);
          boolean single = streams == 1 || left < streams;
          int each = single ? left : left / streams; // groups of a stream
          Kernel product = (single ? products.single() : products.streams())[size - 1];
          product.call(memory.address(group + g) + (long) from * format.stride(), activations, y, x,
              4L * (yOffset + g * BlockFormat.ROWS + plan.first(tile) * yStride), 4L * yStride, count, each, groupBytes,
              from == 0 ? 0 : 1, each * groupBytes, (long) each * BlockFormat.VECTOR);
          g += single ? each : each * streams;
        }
      }
    }
  }

  @Override
  public void readRow(int row, float[] target, int offset, WorkerScratch scratch) {
    byte[] group = memory.group(row / BlockFormat.ROWS, scratch);
    int lane = row % BlockFormat.ROWS;
    int halfColumns = BlockFormat.COLUMNS / 2;
    for (int h = 0; h < columns() / halfColumns; h++) {
      int stride = h / 2 / format.blocksTogether() * format.stride();
      int block = stride + h / 2 % format.blocksTogether() * format.blockBytes();
      int scales = block + format.quantBytes();
      int behind = stride + format.blocksTogether() * format.blockBytes();
      float scale = scale(group, scales, behind, h % 2, lane);
      float minimum = minimum(group, scales, behind, lane);
      for (int k = 0; k < halfColumns; k++) {
        int quant = quant(group, block, h % 2 * halfColumns + k, lane);
        target[offset + h * halfColumns + k] = scale * (quant - format.zero) + minimum;
      }
    }
  }

  /**
   * @param scales where those of the block begin
   * @param behind what stands behind the super-block
   * @param half of the block, 0 or 1
   */
  private float scale(byte[] group, int scales, int behind, int half, int lane) {
    return switch (format.scales) {
      case HALF, HALF_AND_MINIMUM -> half(group, scales, lane);
      case SUPER_AND_MINIMUM -> half(group, behind, lane) * group[scales + lane];
      case SUPER_BY_HALVES -> half(group, behind, lane) * group[scales + half * BlockFormat.ROWS + lane];
    };
  }

  private float minimum(byte[] group, int scales, int behind, int lane) {
    return switch (format.scales) {
      case HALF, SUPER_BY_HALVES -> 0;
      case HALF_AND_MINIMUM -> half(group, scales + 2 * BlockFormat.ROWS, lane);
      case SUPER_AND_MINIMUM -> -half(group, behind + 2 * BlockFormat.ROWS, lane) * group[scales + BlockFormat.ROWS + lane];
    };
  }

  private static float half(byte[] group, int at, int lane) {
    return Float.float16ToFloat((short) (octet(group, at + 2 * lane) | group[at + 2 * lane + 1] << 8));
  }

  private int quant(byte[] group, int block, int column, int lane) {
    int within = 4 * lane + column % 4;
    if (format.bits == 8) {
      return octet(group, block + column / 4 * BlockFormat.VECTOR + within);
    }
    int pair = octet(group, block + column % 16 / 4 * BlockFormat.VECTOR + within);
    int low = column < 16 ? pair & 15 : pair >> 4;
    return switch (format.bits) {
      case 5 -> low | (octet(group, block + 4 * BlockFormat.VECTOR + within) >> column / 4 & 1) << 4;
      case 6 -> low | (octet(group, block + (4 + column / 16) * BlockFormat.VECTOR + within) >> column % 16 / 4 * 2 & 3) << 4;
      default -> low;
    };
  }

  private static int octet(byte[] group, int at) {
    return group[at] & 0xFF;
  }
}
