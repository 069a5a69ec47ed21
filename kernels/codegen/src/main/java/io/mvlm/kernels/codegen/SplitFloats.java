package io.mvlm.kernels.codegen;

import io.mvlm.core.Workers;
import io.mvlm.kernels.cpu.LinearInput;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Activations as bfloat16: the nearest one, alone or with the nearest to what it leaves over, together 16 bits. They lie in tiles of
 * {@link TileProduct#MOST_TOKENS} tokens, the last one smaller; a tile is a sequence of blocks of {@link #COLUMNS} columns, a block holds for each
 * token 64 bytes of first parts, then, if there are two, for each token 64 of second parts. Missing columns are zero.
 */
final class SplitFloats implements LinearInput.Packed {
  /** Columns of a block: what a row of a tile register holds. */
  static final int COLUMNS = 32;
  private static final int ROW_BYTES = 64;
  /** Blocks that a worker takes at once. */
  private static final int SLICE = 16;

  /**
   * @param parts one or two
   * @param split see {@link SplitCode.Rows}
   */
  record Form(int parts, Kernel split) implements LinearInput.OwnForm {
    @Override
    public LinearInput.Packed newPacked() {
      return new SplitFloats(parts, split);
    }
  }

  private final int parts;
  private final Kernel split;
  private MemorySegment tiles = MemorySegment.NULL;
  private int tokens;
  private int blocks;

  private SplitFloats(int parts, Kernel split) {
    this.parts = parts;
    this.split = split;
  }

  static int blocks(int columns) {
    return (columns + COLUMNS - 1) / COLUMNS;
  }

  @Override
  public void pack(LinearInput x, Workers workers) {
    tokens = x.rows();
    blocks = blocks(x.columns());
    long bytes = (long) blocks * blockBytes(tokens, parts);
    if (tiles.byteSize() < bytes) {
      tiles = Arena.ofAuto().allocate(bytes, ROW_BYTES);
    }
    MemorySegment from = MemorySegment.ofArray(x.data());
    int stride = x.stride();
    int count = (tokens + TileProduct.MOST_TOKENS - 1) / TileProduct.MOST_TOKENS;
    int slices = (blocks + SLICE - 1) / SLICE;
    Objects.checkFromIndexSize(x.rowOffset(0), (tokens - 1) * stride + x.columns(), x.data().length);
    workers.forEach(count * slices, 1, (first, last, worker) -> {
      for (int unit = first; unit < last; unit++) {
        int tile = unit / slices;
        int block = unit % slices * SLICE;
        int columns = Math.min(SLICE * COLUMNS, x.columns() - block * COLUMNS);
        long row = x.rowOffset(tile * TileProduct.MOST_TOKENS) + block * COLUMNS;
        split.call(0, from, tiles, 4L * row, offset(tile) + (long) block * blockBytes(size(tile), parts), 4L * stride, size(tile), columns, 0);
      }
    });
  }

  /** Tokens of a tile. */
  private int size(int tile) {
    return Math.min(TileProduct.MOST_TOKENS, tokens - tile * TileProduct.MOST_TOKENS);
  }

  MemorySegment segment() {
    return tiles;
  }

  /** Where a tile begins, in bytes. */
  long offset(int tile) {
    return tileBytes() * tile;
  }

  /** Bytes of a full tile. */
  long tileBytes() {
    return (long) blocks * blockBytes(TileProduct.MOST_TOKENS, parts);
  }

  /** Bytes of a block of a tile of so many tokens. */
  static int blockBytes(int tokens, int parts) {
    return parts * ROW_BYTES * tokens;
  }
}
