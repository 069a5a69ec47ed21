package io.mvlm.kernels.codegen;

import io.mvlm.core.Workers;
import io.mvlm.kernels.cpu.LinearInput;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Activations rounded to 8-bit integers, with one scale for each 32 columns, in tiles of tokens. A tile is a sequence of blocks of 32 columns; a
 * block holds for each token of the tile, one after the other, 32 integers, then for each token the scale (one step), then {@code −8·Σ} of the
 * integers, then scale·Σ, then {@code −8·Σ} of the first and of the last 16 integers: all that products with any {@link BlockFormat} need.
 *
 * <p>Rounding of many tokens at once, a prompt's, would shift every later answer: there, what the rounding left over is rounded once more, into a
 * second sequence of tiles. The sum of both products is as good as one with floats, at twice the work, which is still the faster way.
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

  /** Up to so many tokens, those of decoding, are rounded once. */
  static final int FEW_TOKENS = 3;

  /** @param quantize see {@link Quantize} */
  record Form(Tier tier, Kernel quantize) implements LinearInput.OwnForm {
    @Override
    public LinearInput.Packed newPacked() {
      return new TiledInt8(tier, quantize);
    }
  }

  private final Tier tier;
  private final Kernel quantize;

  private int[] words = new int[0];
  private int[] restWords = new int[0];
  private float[] rest = new float[0];
  private boolean twice;
  private TilePlan plan;
  private int blocks;

  private TiledInt8(Tier tier, Kernel quantize) {
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
    twice = x.rows() > FEW_TOKENS;
    if (twice && restWords.length < length) {
      restWords = new int[length];
    }
    if (twice && rest.length < x.rows() * x.columns()) {
      rest = new float[x.rows() * x.columns()];
    }
    MemorySegment from = MemorySegment.ofArray(x.data());
    MemorySegment to = MemorySegment.ofArray(words);
    MemorySegment fromRest = MemorySegment.ofArray(rest);
    MemorySegment toRest = MemorySegment.ofArray(restWords);
    workers.forEach(plan.tiles(), 1, (first, last, worker) -> {
      for (int tile = first; tile < last; tile++) {
        int size = plan.size(tile);
        for (int t = 0; t < size; t++) {
          Objects.checkFromIndexSize(x.rowOffset(plan.first(tile) + t), x.columns(), x.data().length);
          quantize.call(0, from, to, 4L * x.rowOffset(plan.first(tile) + t), offset(tile), size, t, blocks, 0);
          if (twice) {
            int row = (plan.first(tile) + t) * x.columns();
            subtract(x.data(), x.rowOffset(plan.first(tile) + t), (int) (offset(tile) / Integer.BYTES), size, t, row);
            quantize.call(0, fromRest, toRest, 4L * row, offset(tile), size, t, blocks, 0);
          }
        }
      }
    });
  }

  /** rest[to + k] = x[xo + k] − what token t of the tile whose words begin at {@code tile} holds for it. */
  private void subtract(float[] x, int xo, int tile, int size, int t, int to) {
    for (int b = 0; b < blocks; b++) {
      int block = tile + b * size * (TOKEN_BLOCK / Integer.BYTES);
      float step = Float.intBitsToFloat(words[block + size * (SCALE / Integer.BYTES) + t]);
      for (int i = 0; i < BlockFormat.COLUMNS / Integer.BYTES; i++) {
        int four = words[block + t * (SCALE / Integer.BYTES) + i];
        int k = b * BlockFormat.COLUMNS + i * Integer.BYTES;
        rest[to + k] = x[xo + k] - step * (byte) four;
        rest[to + k + 1] = x[xo + k + 1] - step * (byte) (four >> 8);
        rest[to + k + 2] = x[xo + k + 2] - step * (byte) (four >> 16);
        rest[to + k + 3] = x[xo + k + 3] - step * (four >> 24);
      }
    }
  }

  /** Whether {@link #rest} holds a second part. */
  boolean twice() {
    return twice;
  }

  /** Tiles of what the first rounding left over, laid out like {@link #segment}. */
  MemorySegment rest() {
    return MemorySegment.ofArray(restWords);
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
