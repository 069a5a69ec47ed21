package io.mvlm.kernels.vector;

import io.mvlm.kernels.cpu.LinearInput;
import io.mvlm.kernels.cpu.PackedMatrix;
import io.mvlm.kernels.cpu.WorkerScratch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * What all layouts have in common: few tokens are multiplied bundle by bundle straight from the packed form; many tokens share panels of
 * {@link PackedLayout#PANEL} rows that are unpacked to floats, {@link #SLICE} columns at a time, so that panel and tile stay in the caches.
 */
abstract class PanelMatrix extends PackedMatrix {
  /** Up to so many tokens, reading the weights again for each costs less than unpacking them. */
  private static final int FEW_TOKENS = 3;
  /** Columns of a panel: 256 × 32 floats are 32 KiB, and its tile of tokens is 8 KiB, so that both stay in a first-level cache of 48 KiB. */
  private static final int SLICE = 256;

  final PackedLayout layout;

  PanelMatrix(int rows, int columns, PackedLayout layout) {
    super(rows, columns);
    this.layout = layout;
  }

  /** The form for few tokens. */
  abstract LinearInput.Form vectorForm();

  /** y[yo + r] = x[t]·w[row + r] for the rows of a bundle. @param row a multiple of {@link PackedLayout#BUNDLE} */
  abstract void multiplyBundle(int row, LinearInput x, int t, float[] y, int yo, WorkerScratch scratch);

  /**
   * Float 16·k + r from byte {@code at} of the strip = w[r][fromColumn + k] for k in [0, count) and the 16 rows of a group.
   *
   * @param fromColumn and count are multiples of 32
   */
  abstract void unpack(int group, int fromColumn, int count, MemorySegment strip, long at, WorkerScratch scratch);

  @Override
  public final long byteSize() {
    return layout.byteSize();
  }

  @Override
  public final int unitRows(int tokens) {
    return tokens <= FEW_TOKENS ? PackedLayout.BUNDLE : PackedLayout.PANEL;
  }

  @Override
  public final LinearInput.Form inputForm(int tokens) {
    return tokens <= FEW_TOKENS ? vectorForm() : LinearInput.Form.TILES;
  }

  @Override
  public final void multiply(LinearInput x, float[] y, int yOffset, int yStride, int fromRow, int toRow, WorkerScratch scratch) {
    requireFit(x, y, yOffset, yStride, fromRow, toRow);
    if (x.rows() <= FEW_TOKENS) {
      for (int row = fromRow; row < toRow; row += PackedLayout.BUNDLE) {
        for (int t = 0; t < x.rows(); t++) {
          int at = yOffset + t * yStride + row;
          if (row + PackedLayout.BUNDLE <= toRow) {
            Ranges.check(y, at, PackedLayout.BUNDLE);
            multiplyBundle(row, x, t, y, at, scratch);
          } else {
            float[] sums = scratch.floats(0, PackedLayout.BUNDLE);
            multiplyBundle(row, x, t, sums, 0, scratch);
            System.arraycopy(sums, 0, y, at, toRow - row);
          }
        }
      }
    } else {
      for (int row = fromRow; row < toRow; row += PackedLayout.PANEL) {
        multiplyPanel(row, Math.min(PackedLayout.PANEL, toRow - row), x, y, yOffset + row, yStride, scratch);
      }
    }
  }

  private void multiplyPanel(int row, int rows, LinearInput x, float[] y, int yo, int yStride, WorkerScratch scratch) {
    int padded = LinearInput.padded(columns());
    int tiles = (x.rows() + LinearInput.TILE - 1) / LinearInput.TILE;
    int tileSums = LinearInput.TILE * PackedLayout.PANEL;
    MemorySegment panel = scratch.panel(PackedLayout.PANEL_GROUPS * SLICE * F32Tile.STRIP_BYTES);
    float[] sums = scratch.floats(1, tiles * tileSums);
    Arrays.fill(sums, 0, tiles * tileSums, 0f);
    for (int from = 0; from < padded; from += SLICE) {
      int count = Math.min(SLICE, padded - from);
      for (int g = 0; g < PackedLayout.PANEL_GROUPS; g++) {
        // Past the last group its rows are computed once more and thrown away.
        int group = Math.min(row / PackedLayout.ROWS + g, layout.groups() - 1);
        unpack(group, from, count, panel, g * SLICE * F32Tile.STRIP_BYTES, scratch);
      }
      for (int tile = 0; tile < tiles; tile++) {
        F32Tile.multiply(panel, SLICE * F32Tile.STRIP_BYTES, PackedLayout.PANEL_GROUPS, count, x.tiles(), x.tileOffset(tile)
            + from * LinearInput.TILE, sums, tile * tileSums, PackedLayout.PANEL);
      }
    }
    for (int t = 0; t < x.rows(); t++) {
      System.arraycopy(sums, t * PackedLayout.PANEL, y, yo + t * yStride, rows);
    }
  }

  @Override
  public final void readRow(int row, float[] target, int offset, WorkerScratch scratch) {
    int padded = LinearInput.padded(columns());
    MemorySegment strip = scratch.panel(padded * F32Tile.STRIP_BYTES);
    unpack(row / PackedLayout.ROWS, 0, padded, strip, 0, scratch);
    for (int k = 0; k < columns(); k++) {
      target[offset + k] = strip.get(ValueLayout.JAVA_FLOAT, k * F32Tile.STRIP_BYTES + 4L * (row % PackedLayout.ROWS));
    }
  }
}
