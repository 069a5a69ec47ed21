package io.mvlm.kernels.codegen;

import io.mvlm.core.Tensor;
import io.mvlm.kernels.cpu.CpuKernels;
import io.mvlm.kernels.cpu.LinearInput;
import io.mvlm.kernels.cpu.PackedMatrix;
import io.mvlm.kernels.cpu.RowReader;
import io.mvlm.kernels.cpu.WorkerScratch;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** A matrix of floats in a {@link FloatFormat}, multiplied in 32-bit floats by the kernels of {@link FloatCode}. */
final class FloatMatrix extends PackedMatrix {
  /** Rows that are unpacked together: 128 KiB of panels for each slice, in reach of the second-level cache. */
  private static final int PANEL_ROWS = 64;
  /** Columns of a slice: so many of a tile of twelve tokens are 24 KiB, in reach of the first-level cache. */
  private static final int SLICE = 512;

  private final FloatFormat format;
  private final Tier tier;
  private final GroupMemory memory;
  private final Kernels.FloatProducts products;

  private FloatMatrix(int rows, int columns, FloatFormat format, Tier tier, GroupMemory memory, Kernels.FloatProducts products) {
    super(rows, columns);
    this.format = format;
    this.tier = tier;
    this.memory = memory;
    this.products = products;
  }

  static FloatMatrix pack(CpuKernels.PackingContext context, FloatFormat format, Kernels kernels, Tensor... stacked) {
    RowReader reader = new RowReader(stacked);
    int columns = Math.toIntExact(stacked[0].shape().columns());
    GroupMemory memory = GroupMemory.pack(context, reader, format.groupBytes(columns),
        (file, at, group, lane) -> format.pack(file, at, columns, group, lane));
    return new FloatMatrix(reader.rows(), columns, format, kernels.tier(), memory, kernels.floatProducts(format));
  }

  @Override
  public long byteSize() {
    return memory.byteSize();
  }

  @Override
  public int unitRows(int tokens) {
    return tokens <= FloatCode.FEW_TOKENS ? BlockFormat.ROWS : PANEL_ROWS;
  }

  @Override
  public LinearInput.Form inputForm(int tokens) {
    return LinearInput.Form.TILED_FLOATS;
  }

  @Override
  public void multiply(LinearInput x, float[] y, int yOffset, int yStride, int fromRow, int toRow, WorkerScratch scratch) {
    TiledFloats tiles = (TiledFloats) x.packed(LinearInput.Form.TILED_FLOATS);
    if (x.rows() <= FloatCode.FEW_TOKENS) {
      multiplyFew(tiles, x.rows(), y, yOffset, yStride, fromRow, toRow, scratch);
    } else {
      for (int row = fromRow; row < toRow; row += PANEL_ROWS) {
        multiplyPanels(tiles, x.rows(), y, yOffset + row, yStride, row, Math.min(PANEL_ROWS, toRow - row), scratch);
      }
    }
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
        groups, 0, 0);
  }

  /** @param yo of the first of {@code rows} rows, of the first token */
  private void multiplyPanels(TiledFloats tiles, int tokens, float[] y, int yo, int yStride, int row, int rows, WorkerScratch scratch) {
    int panelRows = FloatCode.panelRows(tier);
    int panels = (rows + panelRows - 1) / panelRows;
    boolean whole = rows == panels * panelRows;
    float[] sums = whole ? y : scratch.floats(0, tokens * panels * panelRows);
    int at = whole ? yo : 0;
    int stride = whole ? yStride : panels * panelRows;
    for (int t = 0; t < tokens; t++) {
      Arrays.fill(sums, at + t * stride, at + t * stride + panels * panelRows, 0f);
    }
    MemorySegment panel = scratch.panel(4L * SLICE * PANEL_ROWS);
    int padded = FloatFormat.padded(columns());
    for (int from = 0; from < padded; from += SLICE) {
      int count = Math.min(SLICE, padded - from);
      unpack(row, panels, from, count, panel);
      multiplySlice(tiles, panel, panels, from, count, MemorySegment.ofArray(sums), at, stride);
    }
    if (!whole) {
      for (int t = 0; t < tokens; t++) {
        System.arraycopy(sums, t * stride, y, yo + t * yStride, rows);
      }
    }
  }

  private void unpack(int row, int panels, int from, int count, MemorySegment panel) {
    int panelRows = FloatCode.panelRows(tier);
    int last = (rows() - 1) / BlockFormat.ROWS;
    for (int r = 0; r < panels * panelRows; r += BlockFormat.ROWS) {
      // Past the last group its rows are computed once more and thrown away.
      int group = Math.min((row + r) / BlockFormat.ROWS, last);
      long target = 4L * (r / panelRows * panelRows * count + r % panelRows);
      products.unpack().call(memory.address(group) + (long) from * format.columnBytes(), MemorySegment.NULL, panel, 0, target, 0, count, 0, 0, 0);
    }
  }

  private void multiplySlice(TiledFloats tiles, MemorySegment panel, int panels, int from, int count, MemorySegment y, int yo, int yStride) {
    TilePlan plan = tiles.plan();
    int padded = FloatFormat.padded(columns());
    panels(plan.large(), 0, plan.largeCount(), tiles, panel, panels, from, count, padded, y, yo, yStride);
    if (plan.smallCount() > 0) {
      panels(plan.small(), plan.largeCount(), plan.smallCount(), tiles, panel, panels, from, count, padded, y, yo, yStride);
    }
  }

  private void panels(int size, int firstTile, int tileCount, TiledFloats tiles, MemorySegment panel, int panels, int from, int count,
      int padded, MemorySegment y, int yo, int yStride) {
    products.panel()[size - 1].call(panel.address(), tiles.segment(), y, tiles.offset(firstTile) + 4L * from * size,
        4L * (yo + tiles.plan().first(firstTile) * yStride), 4L * yStride, count, tileCount, 4L * padded * size, panels);
  }

  @Override
  public void readRow(int row, float[] target, int offset, WorkerScratch scratch) {
    MemorySegment group = memory.group(row / BlockFormat.ROWS);
    for (int k = 0; k < columns(); k++) {
      target[offset + k] = format.value(group, k, row % BlockFormat.ROWS);
    }
  }
}
