package io.mvlm.kernels.codegen;

import io.mvlm.core.Tensor;
import io.mvlm.kernels.cpu.CpuKernels;
import io.mvlm.kernels.cpu.LinearInput;
import io.mvlm.kernels.cpu.PackedMatrix;
import io.mvlm.kernels.cpu.RowReader;
import io.mvlm.kernels.cpu.WorkerScratch;
import java.lang.foreign.MemorySegment;

/**
 * A matrix of floats in a {@link FloatFormat}, multiplied in 32-bit floats by the kernels of {@link FloatCode}, or, with weights of 16 bits
 * and more than a few tokens, unpacked into {@link Panels}: with 512-bit vectors, for {@link WordProduct}, and where the processor has a
 * matrix unit, for {@link TileProduct}.
 */
final class FloatMatrix extends PackedMatrix implements Panels.Source {
  /**
   * Rows and columns that are unpacked together: 128 KiB of panels, which leave room in the second-level cache for those columns of many tokens;
   * of a tile they are 12 KiB, of a panel 32 KiB, in reach of the first-level cache. More rows would mean fewer journeys of the activations
   * through the caches, and fewer pieces of work to share.
   */
  private static final int PANEL_ROWS = 128;
  private static final int SLICE = 256;
  private static final long PANEL_BYTES = 4L * SLICE * PANEL_ROWS;

  private final FloatFormat format;
  private final Tier tier;
  private final GroupMemory memory;
  private final Kernels.FloatProducts products;
  private final LinearInput.OwnForm tiled;
  /** Null in tiers of 256 bits or with weights of 32, as {@link #unpack}. */
  private final Panels panels;
  private final Kernel unpack;

  private FloatMatrix(int rows, int columns, FloatFormat format, GroupMemory memory, Kernels kernels) {
    super(rows, columns);
    this.format = format;
    this.tier = kernels.tier();
    this.memory = memory;
    this.products = kernels.floatProducts(format);
    this.tiled = kernels.tiledForm();
    boolean tiles = tier.hasTiles();
    this.panels = tier.bits() < 512 || format == FloatFormat.F32 ? null : tiles ? kernels.tilePanels(2) : kernels.wordPanels();
    this.unpack = panels == null ? null : tiles ? kernels.split(format) : kernels.wordUnpacker(format);
  }

  static FloatMatrix pack(CpuKernels.PackingContext context, FloatFormat format, Kernels kernels, Tensor... stacked) {
    RowReader reader = new RowReader(stacked);
    int columns = Math.toIntExact(stacked[0].shape().columns());
    GroupMemory memory = GroupMemory.pack(context, reader, format.groupBytes(columns), kernels.packer(format), columns);
    return new FloatMatrix(reader.rows(), columns, format, memory, kernels);
  }

  @Override
  public long byteSize() {
    return memory.byteSize();
  }

  @Override
  public int unitRows(int tokens) {
    return tokens <= FloatCode.FEW_TOKENS ? BlockFormat.ROWS : usesPanels(tokens) ? panels.unitRows() : PANEL_ROWS;
  }

  @Override
  public int mostUnits(int tokens) {
    return usesPanels(tokens) ? panels.mostUnits() : super.mostUnits(tokens);
  }

  @Override
  public LinearInput.Form inputForm(int tokens) {
    return usesPanels(tokens) ? panels.form() : tiled;
  }

  private boolean usesPanels(int tokens) {
    return panels != null && tokens > FloatCode.FEW_TOKENS;
  }

  @Override
  public void multiply(LinearInput x, float[] y, int yOffset, int yStride, int fromRow, int toRow, WorkerScratch scratch) {
    requireFit(x, y, yOffset, yStride, fromRow, toRow);
    if (usesPanels(x.rows())) {
      panels.multiply(this, x, y, yOffset, yStride, fromRow, toRow, scratch);
      return;
    }
    TiledFloats tiles = (TiledFloats) x.packed(tiled);
    if (x.rows() <= FloatCode.FEW_TOKENS) {
      multiplyFew(tiles, x.rows(), y, yOffset, yStride, fromRow, toRow, scratch);
    } else {
      for (int row = fromRow; row < toRow; row += PANEL_ROWS) {
        multiplyPanels(tiles, x.rows(), y, yOffset + row, yStride, row, Math.min(PANEL_ROWS, toRow - row), scratch);
      }
    }
  }

  @Override
  public void unpack(int group, int from, int columns, MemorySegment panel, long offset) {
    unpack.call(memory.address(group) + (long) from * format.columnBytes(), MemorySegment.NULL, panel, 0, offset, FloatFormat.padded(columns), 0,
        0, 0);
  }

  private void multiplyFew(TiledFloats tiles, int tokens, float[] y, int yOffset, int yStride, int fromRow, int toRow, WorkerScratch scratch) {
    int group = fromRow / BlockFormat.ROWS;
    int end = toRow / BlockFormat.ROWS;
    while (group < end) {
      int count = memory.together(group, end - group);
      direct(tiles, tokens, group, count, MemorySegment.ofArray(y), yOffset + group * BlockFormat.ROWS, yStride);
      group += count;
    }
    int rest = toRow % BlockFormat.ROWS;
    if (rest > 0) {
      float[] sums = scratch.floats(0, tokens * BlockFormat.ROWS);
      direct(tiles, tokens, end, 1, MemorySegment.ofArray(sums), 0, BlockFormat.ROWS);
      for (int t = 0; t < tokens; t++) {
        System.arraycopy(sums, t * BlockFormat.ROWS, y, yOffset + t * yStride + end * BlockFormat.ROWS, rest);
      }
    }
  }

  private void direct(TiledFloats tiles, int tokens, int group, int groups, MemorySegment y, int yOffset, int yStride) {
    products.direct()[tokens - 1].call(memory.address(group), tiles.segment(), y, 0, 4L * yOffset, 4L * yStride, FloatFormat.padded(columns()),
        groups, 0);
  }

  /** @param yo of the first of {@code rows} rows, of the first token */
  private void multiplyPanels(TiledFloats tiles, int tokens, float[] y, int yo, int yStride, int row, int rows, WorkerScratch scratch) {
    int panelRows = FloatCode.panelRows(tier);
    int panels = (rows + panelRows - 1) / panelRows;
    boolean whole = rows == panels * panelRows;
    float[] target = whole ? y : scratch.floats(0, tokens * panels * panelRows);
    int at = whole ? yo : 0;
    int stride = whole ? yStride : panels * panelRows;
    MemorySegment panel = scratch.panel(PANEL_BYTES + 4L * PANEL_ROWS * tokens);
    int padded = FloatFormat.padded(columns());
    for (int from = 0; from < padded; from += SLICE) {
      int count = Math.min(SLICE, padded - from);
      unpackFloats(row, panels, from, count, panel);
      multiplySlice(tiles, panel.address(), panels, from, count, MemorySegment.ofArray(target), at, stride);
    }
    if (!whole) {
      for (int t = 0; t < tokens; t++) {
        System.arraycopy(target, t * stride, y, yo + t * yStride, rows);
      }
    }
  }

  private void unpackFloats(int row, int panels, int from, int count, MemorySegment panel) {
    int panelRows = FloatCode.panelRows(tier);
    int last = (rows() - 1) / BlockFormat.ROWS;
    for (int r = 0; r < panels * panelRows; r += BlockFormat.ROWS) {
      // Past the last group its rows are computed once more and thrown away.
      int group = Math.min((row + r) / BlockFormat.ROWS, last);
      long target = 4L * (r / panelRows * panelRows * count + r % panelRows);
      products.unpack().call(memory.address(group) + (long) from * format.columnBytes(), MemorySegment.NULL, panel, 0, target, 0, count, 0, 0);
    }
  }

  private void multiplySlice(TiledFloats tiles, long panel, int panels, int from, int count, MemorySegment y, int yo, int yStride) {
    TilePlan plan = tiles.plan();
    int padded = FloatFormat.padded(columns());
    int flags = (from == 0 ? FloatCode.FIRST_SLICE : 0) | (from + count == padded ? FloatCode.LAST_SLICE : 0);
    for (int tile = 0; tile < plan.tiles(); tile += plan.alike(tile)) {
      int size = plan.size(tile);
      int token = plan.first(tile);
      products.panel()[size - 1].call(panel, tiles.segment(), y, tiles.offset(tile) + 4L * from * size, 4L * (yo + token * yStride),
          4L * yStride, count, plan.alike(tile), 4L * padded * size, panels, PANEL_BYTES + 4L * token * panels * FloatCode.panelRows(tier),
          flags);
    }
  }

  @Override
  public void readRow(int row, float[] target, int offset, WorkerScratch scratch) {
    byte[] group = memory.group(row / BlockFormat.ROWS, scratch);
    for (int k = 0; k < columns(); k++) {
      target[offset + k] = format.value(group, k, row % BlockFormat.ROWS);
    }
  }
}
