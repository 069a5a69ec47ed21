package io.mvlm.kernels.codegen;

import io.mvlm.core.Workers;
import io.mvlm.kernels.cpu.LinearInput;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Activations rounded to 8-bit integers, with one scale for each 32 columns, in tiles of tokens. A tile is a sequence of blocks of 32 columns; a
 * block holds for each token of the tile, one after the other, 32 integers, then for each token the scale (one step), then {@code −8·Σ} of the
 * integers, then scale·Σ, then {@code −8·Σ} of the first and of the last 16 integers: all that products with any {@link BlockFormat} need.
 */
final class TiledInt8 implements LinearInput.Packed {
  // Fields of a block begin at so many bytes times tokens of the tile.
  static final int SCALE = 32;
  static final int SUM = 36;
  static final int SCALED_SUM = 40;
  static final int HALF_SUMS = 44;
  /** Bytes for each token of a block. */
  static final int TOKEN_BLOCK = 52;
  /** Minus the factor of the sums. */
  static final int SUM_FACTOR = 8;

  private final Tier tier;
  private final Kernel quantize;
  private int[] words = new int[0];
  private TilePlan plan;
  private int blocks;

  TiledInt8(Tier tier, Kernel quantize) {
    this.tier = tier;
    this.quantize = quantize;
  }

  @Override
  public void pack(LinearInput x, Workers workers) {
    blocks = x.columns() / BlockFormat.COLUMNS;
    plan = TilePlan.of(x.rows(), QuantProduct.mostTokens(tier));
    int length = Math.multiplyExact(x.rows() * blocks, TOKEN_BLOCK / Integer.BYTES);
    if (words.length < length) {
      words = new int[length];
    }
    MemorySegment from = MemorySegment.ofArray(x.data());
    MemorySegment to = MemorySegment.ofArray(words);
    workers.forEach(plan.tiles(), 1, (first, last, worker) -> {
      for (int tile = first; tile < last; tile++) {
        int size = plan.size(tile);
        for (int t = 0; t < size; t++) {
          Objects.checkFromIndexSize(x.rowOffset(plan.first(tile) + t), x.columns(), x.data().length);
          quantize.call(0, from, to, 4L * x.rowOffset(plan.first(tile) + t), offset(tile), size, t, blocks, 0);
        }
      }
    });
  }

  TilePlan plan() {
    return plan;
  }

  MemorySegment segment() {
    return MemorySegment.ofArray(words);
  }

  /** Where a tile begins, in bytes. */
  long offset(int tile) {
    return (long) plan.first(tile) * blocks * TOKEN_BLOCK;
  }
}
