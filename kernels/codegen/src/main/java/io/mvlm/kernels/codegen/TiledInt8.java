package io.mvlm.kernels.codegen;

import io.mvlm.core.Workers;
import io.mvlm.kernels.cpu.LinearInput;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;

/**
 * Activations rounded to 8-bit integers, with one scale for each 32 columns, in tiles of tokens. A tile is a sequence of blocks of 32 columns; a
 * block holds for each token of the tile, one after the other, 32 integers, then for each token the scale (one step), then {@code −8·Σ} of the
 * integers, then scale·Σ, then {@code −8·Σ} of the first and of the last 16 integers: all that products with any {@link BlockFormat} need.
 *
 * <p>A single large value takes the precision of its whole block: models have columns of them, and rounding around those would shift every answer.
 * What such blocks lose is rounded once more, into a second block behind all tiles, with the same fields, which the first one points to. Others take
 * no more room, so that the tile of a few thousand columns stays in the first-level cache.
 */
final class TiledInt8 implements LinearInput.Packed {
  // Fields of a block begin at so many bytes times tokens of the tile.
  static final int SCALE = 32;
  static final int SUM = 36;
  static final int SCALED_SUM = 40;
  static final int HALF_SUMS = 44;
  /** How many bytes behind the first block the second one begins, once for all tokens; 0: there is none. */
  static final int REST = 52;
  /** Bytes for each token of a block. */
  static final int TOKEN_BLOCK = REST + Integer.BYTES;
  /** Minus the factor of the sums. */
  static final int SUM_FACTOR = 8;
  /** A block whose step is so many times the mean step of its token is rounded twice. */
  static final float COARSE = 2;

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
  private float[] coarse = new float[0];
  private float[] rest = new float[0];
  private TilePlan plan;
  private int blocks;
  /** Where second blocks begin. */
  private int firstRest;

  private TiledInt8(Tier tier, Kernel quantize) {
    this.tier = tier;
    this.quantize = quantize;
  }

  @Override
  public void pack(LinearInput x, Workers workers) {
    blocks = x.columns() / BlockFormat.COLUMNS;
    plan = TilePlan.of(x.rows(), QuantProduct.mostTokens(tier));
    firstRest = Math.multiplyExact(x.rows() * blocks, TOKEN_BLOCK) / Integer.BYTES;
    int length = Math.multiplyExact(x.rows() * blocks, TOKEN_BLOCK + REST) / Integer.BYTES;
    if (words.length < length) {
      words = new int[length];
    }
    if (coarse.length < x.rows()) {
      coarse = new float[x.rows()];
      rest = new float[x.rows() * BlockFormat.COLUMNS];
    }
    MemorySegment from = MemorySegment.ofArray(x.data());
    MemorySegment to = MemorySegment.ofArray(words);
    workers.forEach(plan.tiles(), 1, (first, last, worker) -> {
      for (int tile = first; tile < last; tile++) {
        int size = plan.size(tile);
        for (int t = 0; t < size; t++) {
          int token = plan.first(tile) + t;
          Objects.checkFromIndexSize(x.rowOffset(token), x.columns(), x.data().length);
          quantize.call(0, from, to, 4L * x.rowOffset(token), offset(tile), size, t, blocks, 0);
          coarse[token] = COARSE * meanStep(tile, t);
        }
        for (int b = 0; b < blocks; b++) {
          addRest(x, tile, b, to);
        }
      }
    });
  }

  private float meanStep(int tile, int t) {
    float sum = 0;
    for (int b = 0; b < blocks; b++) {
      sum += step(tile, b, t);
    }
    return sum / blocks;
  }

  private float step(int tile, int b, int t) {
    return Float.intBitsToFloat(words[word(tile, b, SCALE) + t]);
  }

  /** Where a field of a block begins. */
  private int word(int tile, int b, int field) {
    return (int) (offset(tile) / Integer.BYTES) + plan.size(tile) * (b * TOKEN_BLOCK + field) / Integer.BYTES;
  }

  private void addRest(LinearInput x, int tile, int b, MemorySegment to) {
    boolean any = false;
    for (int t = 0; t < plan.size(tile); t++) {
      any |= step(tile, b, t) > coarse[plan.first(tile) + t];
    }
    int size = plan.size(tile) * REST / Integer.BYTES;
    int second = firstRest + plan.first(tile) * blocks * REST / Integer.BYTES + b * size;
    words[word(tile, b, REST)] = any ? (second - word(tile, b, 0)) * Integer.BYTES : 0;
    if (!any) {
      return;
    }
    Arrays.fill(words, second, second + size, 0);
    for (int t = 0; t < plan.size(tile); t++) {
      int token = plan.first(tile) + t;
      if (step(tile, b, t) > coarse[token]) {
        int room = token * BlockFormat.COLUMNS;
        subtract(x.data(), x.rowOffset(token) + b * BlockFormat.COLUMNS, word(tile, b, 0) + t * (SCALE / Integer.BYTES), step(tile, b, t), room);
        quantize.call(0, MemorySegment.ofArray(rest), to, 4L * room, 4L * second, plan.size(tile), t, 1, 0);
      }
    }
  }

  /** rest[to + k] = x[xo + k] − what the words from {@code at} on hold for it. */
  private void subtract(float[] x, int xo, int at, float step, int to) {
    for (int k = 0; k < BlockFormat.COLUMNS; k++) {
      int quant = (byte) (words[at + k / Integer.BYTES] >> Byte.SIZE * (k % Integer.BYTES));
      rest[to + k] = x[xo + k] - step * quant;
    }
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
