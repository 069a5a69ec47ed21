package io.mvlm.kernels.vector;

import io.mvlm.kernels.cpu.LinearInput;
import io.mvlm.kernels.cpu.PackedMatrix;
import io.mvlm.kernels.cpu.WorkerScratch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What all layouts have in common: few tokens are multiplied bundle by bundle straight from the packed form; many tokens share panels of
 * {@link PackedLayout#PANEL} rows that are unpacked to floats, {@link #SLICE} columns at a time, so that panel and tile stay in the caches.
 */
abstract class PanelMatrix extends PackedMatrix {
  /** Up to so many tokens, reading the weights again for each costs less than unpacking them. */
  private static final int FEW_TOKENS = 3;
  /** Columns of a panel: 256 × 32 floats are 32 KiB, and its tile of tokens is 8 KiB, so that both stay in a first-level cache of 48 KiB. */
  private static final int SLICE = 256;

  /**
   * Panels that share what the second-level cache holds of the tiles: 577 tokens × 256 columns are 577 KiB, and so are the sums of eight
   * panels.
   */
  private static final int PANELS = 8;
  /** Sums of a tile and a panel. */
  private static final int TILE_SUMS = LinearInput.TILE * PackedLayout.PANEL;

  final PackedLayout layout;

  PanelMatrix(int rows, int columns, PackedLayout layout) {
    super(rows, columns);
    this.layout = layout;
  }

  /** The first word, or column, of a vector of rows. */
  final long at(int row) {
    return layout.offsetOfRow(row) + 4L * (row % PackedLayout.ROWS);
  }

  /** The form for few tokens. */
  abstract LinearInput.Form vectorForm();

  /** y[yo + r] = x[t]·w[row + r] for the rows of a bundle. @param row a multiple of {@link PackedLayout#BUNDLE} */
  abstract void multiplyBundle(int row, LinearInput x, int t, float[] y, int yo, WorkerScratch scratch);

  /**
   * Float 32·k + r from byte {@code at} of the panel = w[r][fromColumn + k] for k in [0, count) and the 16 rows of a group.
   *
   * @param fromColumn and count are multiples of 32
   */
  abstract void unpack(int group, int fromColumn, int count, MemorySegment panel, long at);

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
      for (int row = fromRow; row < toRow; row += PANELS * PackedLayout.PANEL) {
        multiplyPanels(row, Math.min(toRow, row + PANELS * PackedLayout.PANEL), x, y, yOffset, yStride, scratch);
      }
    }
  }

  /** Up to {@link #PANELS} panels, slice by slice: all tiles of a slice, brought to the second-level cache by the first panel, serve all. */
  private void multiplyPanels(int firstRow, int toRow, LinearInput x, float[] y, int yOffset, int yStride, WorkerScratch scratch) {
    int padded = LinearInput.padded(columns());
    int tiles = (x.rows() + LinearInput.TILE - 1) / LinearInput.TILE;
    int panelSums = tiles * LinearInput.TILE * PackedLayout.PANEL;
    MemorySegment panel = scratch.panel(SLICE * F32Tile.ROW_BYTES);
    float[] sums = scratch.floats(1, PANELS * panelSums);
    for (int from = 0; from < padded; from += SLICE) {
      int count = Math.min(SLICE, padded - from);
      for (int row = firstRow, so = 0; row < toRow; row += PackedLayout.PANEL, so += panelSums) {
        for (int g = 0; g < PackedLayout.PANEL_GROUPS; g++) {
          // Past the last group its rows are computed once more and thrown away.
          int group = Math.min(row / PackedLayout.ROWS + g, layout.groups() - 1);
          unpack(group, from, count, panel, (long) g * PackedLayout.VECTOR);
        }
        if (from + count < padded) {
          multiplyTiles(panel, from, count, x, sums, so);
        } else {
          multiplyLastTiles(panel, from, count, x, sums, so, y, yOffset + row, yStride, Math.min(PackedLayout.PANEL, toRow - row));
        }
      }
    }
  }

  private static void multiplyTiles(MemorySegment panel, int from, int count, LinearInput x, float[] sums, int so) {
    for (int t = 0; t < x.rows(); t += LinearInput.TILE, so += TILE_SUMS) {
      multiplyTile(panel, from, count, x, t, sums, so, sums, so, PackedLayout.PANEL);
    }
  }

  /** The last slice completes the sums, and puts them where they belong. */
  private static void multiplyLastTiles(MemorySegment panel, int from, int count, LinearInput x, float[] sums, int so, float[] y, int yo,
      int yStride, int rows) {
    for (int t = 0; t < x.rows(); t += LinearInput.TILE, so += TILE_SUMS) {
      int tokens = Math.min(LinearInput.TILE, x.rows() - t);
      if (rows == PackedLayout.PANEL && tokens == LinearInput.TILE) {
        multiplyTile(panel, from, count, x, t, sums, so, y, yo + t * yStride, yStride);
      } else {
        multiplyTile(panel, from, count, x, t, sums, so, sums, so, PackedLayout.PANEL);
        for (int i = 0; i < tokens; i++) {
          System.arraycopy(sums, so + i * PackedLayout.PANEL, y, yo + (t + i) * yStride, rows);
        }
      }
    }
  }

  /** Columns {@code [from, from + count)} of the tile of token t: the first ones begin with zero, others with {@code sums}. */
  private static void multiplyTile(MemorySegment panel, int from, int count, LinearInput x, int t, float[] sums, int so, float[] to,
      int toOffset, int toStride) {
    int tile = x.tileOffset(t / LinearInput.TILE) + from * LinearInput.TILE;
    if (from == 0) {
      F32Tile.multiply(panel, 0, count, x.tiles(), tile, F32Tile.ZEROS, 0, 0, to, toOffset, toStride);
    } else {
      F32Tile.multiply(panel, 0, count, x.tiles(), tile, sums, so, PackedLayout.PANEL, to, toOffset, toStride);
    }
  }

  @Override
  public final void readRow(int row, float[] target, int offset, WorkerScratch scratch) {
    int padded = LinearInput.padded(columns());
    MemorySegment panel = scratch.panel(padded * F32Tile.ROW_BYTES);
    unpack(row / PackedLayout.ROWS, 0, padded, panel, 0);
    for (int k = 0; k < columns(); k++) {
      target[offset + k] = panel.get(ValueLayout.JAVA_FLOAT, k * F32Tile.ROW_BYTES + 4L * (row % PackedLayout.ROWS));
    }
  }
}
