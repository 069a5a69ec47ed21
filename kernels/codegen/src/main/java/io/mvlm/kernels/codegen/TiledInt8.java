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
 * <p>A single large value takes the precision of its whole block: models have columns of them, and rounding around those would shift every answer.
 * What such a block of one token loses is rounded once more, into a block of its own behind all tiles: the rests of a block of the tile, to
 * which that points, stand one behind the other. There are few, and where there are none a tile takes no more room and no more time.
 */
final class TiledInt8 implements LinearInput.Packed {
  // Fields of a block begin at so many bytes times tokens of the tile.
  static final int SCALE = 32;
  static final int SUM = 36;
  static final int SCALED_SUM = 40;
  static final int HALF_SUMS = 44;
  /** How many bytes behind its beginning the rests of a block begin, once for all tokens; 0: there are none. */
  static final int RESTS = 52;
  /** Bytes for each token of a block. */
  static final int TOKEN_BLOCK = RESTS + Integer.BYTES;
  /** Of a rest, which else is a block of one token: four times the tokens of the tile behind its own. */
  static final int TOKEN = RESTS;
  /** Of a rest: whether another one follows, 0 or 1. */
  static final int MORE = TOKEN + Integer.BYTES;
  static final int REST_BYTES = MORE + Integer.BYTES;
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
  /** Where rests begin, as if each block of a token had one. */
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
    int length = Math.multiplyExact(x.rows() * blocks, TOKEN_BLOCK + REST_BYTES) / Integer.BYTES;
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
        int at = firstRest + plan.first(tile) * blocks * REST_BYTES / Integer.BYTES;
        for (int b = 0; b < blocks; b++) {
          at = addRests(x, tile, b, to, at);
        }
      }
    });
  }

  /** Places are counted up, here and where rests are looked for: a process of generated code has no C2 that would do it. */
  private float meanStep(int tile, int t) {
    float sum = 0;
    int distance = plan.size(tile) * TOKEN_BLOCK / Integer.BYTES;
    for (int b = 0, at = word(tile, 0, SCALE) + t; b < blocks; b++, at += distance) {
      sum += Float.intBitsToFloat(words[at]);
    }
    return sum / blocks;
  }

  /** Where a field of a block begins. */
  private int word(int tile, int b, int field) {
    return (int) (offset(tile) / Integer.BYTES) + plan.size(tile) * (b * TOKEN_BLOCK + field) / Integer.BYTES;
  }

  /** @param begin the word for the first one; returns that behind the last one */
  private int addRests(LinearInput x, int tile, int b, MemorySegment to, int begin) {
    int at = begin;
    int size = plan.size(tile);
    int first = plan.first(tile);
    int steps = word(tile, b, SCALE);
    for (int t = 0; t < size; t++) {
      float step = Float.intBitsToFloat(words[steps + t]);
      if (step > coarse[first + t]) {
        int token = first + t;
        int room = token * BlockFormat.COLUMNS;
        subtract(x.data(), x.rowOffset(token) + b * BlockFormat.COLUMNS, word(tile, b, 0) + t * (SCALE / Integer.BYTES), step, room);
        quantize.call(0, MemorySegment.ofArray(rest), to, 4L * room, 4L * at, 1, 0, 1, 0);
        words[at + TOKEN / Integer.BYTES] = Integer.BYTES * (size - 1 - t);
        words[at + MORE / Integer.BYTES] = 1;
        at += REST_BYTES / Integer.BYTES;
      }
    }
    if (at > begin) {
      words[at + (MORE - REST_BYTES) / Integer.BYTES] = 0;
    }
    words[word(tile, b, RESTS)] = at > begin ? (begin - word(tile, b, 0)) * Integer.BYTES : 0;
    return at;
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
