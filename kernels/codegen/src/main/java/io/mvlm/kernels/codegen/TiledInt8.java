package io.mvlm.kernels.codegen;

import io.mvlm.core.Workers;
import io.mvlm.kernels.cpu.LinearInput;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;

/**
 * Activations rounded to 8-bit integers, with one scale for each 32 columns, in tiles of tokens. A tile is a sequence of blocks of 32
 * columns; a block holds for each token of the tile, one after the other, 32 integers, then for each token the scale (one step, of 22 bits,
 * see {@link #SCALE_BITS}), then the {@link Sums} of the integers, then scale·Σ, then the {@link Sums} of the first and of the last 16
 * integers, then {@code −scale·}{@link #ORIGIN}: all that products with any {@link BlockFormat} need.
 *
 * <p>A single large value takes the precision of its whole block: models have columns of them, and rounding around those would shift every
 * answer. What such a block of one token loses is rounded once more, into a block of its own behind all tiles: the rests of a tile stand one
 * behind the other, in the order of its blocks, which point to them unless rests may be shared ({@link Form#shared}). There are few, and
 * where there are none a tile takes no more time. If they may, those that several tokens of a tile have in the same block are one block of
 * the whole tile, in which other tokens have factors of zero; such blocks stand behind the others, in the opposite order.
 */
final class TiledInt8 implements IntegerPanels.Tiles {
  // Fields of a block begin at so many bytes times tokens of the tile.
  static final int SCALE = 32;
  static final int SUM = 36;
  static final int SCALED_SUM = 40;
  static final int HALF_SUMS = 44;
  /** −scale·{@link #ORIGIN}. */
  static final int MINUS_ORIGIN = 52;
  /** How many bytes behind its beginning the rests of a block begin, once for all tokens; 0: there are none, or they may be shared. */
  static final int RESTS = 56;
  /** Bytes for each token of a block. */
  static final int TOKEN_BLOCK = RESTS + Integer.BYTES;
  /** Of a rest, which else is a block of one token: which token of the tile it belongs to. */
  static final int TOKEN = RESTS;
  /** Of a rest: whether another one follows, 0 or 1. */
  static final int MORE = TOKEN + Integer.BYTES;
  /** Of a rest: which block of the row it belongs to. */
  static final int BLOCK = MORE + Integer.BYTES;
  static final int REST_BYTES = BLOCK + Integer.BYTES;
  /** What a block gives to products besides its integers. */
  private static final int[] CONTRIBUTIONS = {SCALE, SCALED_SUM, MINUS_ORIGIN};
  /** Numbers that say where rests of a block are. */
  static final int RESTS_WORDS = 2;
  /** Of a shared rest, behind its block of a tile: the number that says which block of the row it belongs to. */
  static final int BLOCK_NUMBER_BYTES = Integer.BYTES;
  /** Tokens that make a shared rest cheaper than one for each. */
  private static final int MANY = 3;
  /** A block whose step is so many times the mean step of its token is rounded twice. */
  static final float COARSE = 2;

  /**
   * An integer of at most 22 bits added to the bits of this float is added to its value: a product that begins with these bits ends with a float
   * without being converted, and {@code (ORIGIN + n)·scale − ORIGIN·scale}, which is one instruction, is n·scale, rounded once.
   */
  static final float ORIGIN = 0x1.8p23f;
  /** The bits that a scale may have set: with 22 bits of its own and two of {@link #ORIGIN} it gives an exact product. */
  static final int SCALE_BITS = 0xFFFFFFFC;

  /**
   * What products begin with: {@code origin − factor·Σ} of the integers that they are made with.
   *
   * @param factor a power of two
   * @param origin zero, or the bits of {@link #ORIGIN}
   */
  record Sums(int factor, int origin) {}

  /**
   * @param mostTokens of a tile
   * @param rows see {@link QuantizeCode.Rows}, which has the sums
   * @param rest see {@link QuantizeCode.Rest}
   * @param shared whether rests may be shared
   */
  record Form(int mostTokens, Kernel rows, Kernel rest, boolean shared) implements LinearInput.OwnForm {
    @Override
    public LinearInput.Packed newPacked() {
      return new TiledInt8(this);
    }
  }

  private final Form form;

  private int[] words = new int[0];
  /** The lists of the tokens' coarse blocks. */
  private int[] coarse = new int[0];
  /**
   * {@link #RESTS_WORDS} words for each block of a tile and for one more: where in {@link #words} the rests of its single tokens begin, and
   * where its shared rest ends. The former are stored upwards and the latter downwards, so that the words of the next block say where the
   * former end and the latter begins.
   */
  private int[] rests = new int[0];
  private TilePlan plan;
  private int blocks;
  /** Where rests begin, as if each block of a token had one. */
  private int firstRest;

  private TiledInt8(Form form) {
    this.form = form;
  }

  @Override
  public void pack(LinearInput x, Workers workers) {
    blocks = x.columns() / BlockFormat.COLUMNS;
    plan = TilePlan.of(x.rows(), form.mostTokens);
    firstRest = Math.multiplyExact(x.rows() * blocks, TOKEN_BLOCK) / Integer.BYTES;
    words = withRoom(words, Math.multiplyExact(x.rows() * blocks, TOKEN_BLOCK + REST_BYTES) / Integer.BYTES);
    coarse = withRoom(coarse, x.rows() * (blocks + 1));
    rests = withRoom(rests, RESTS_WORDS * plan.tiles() * (blocks + 1));
    workers.forEach(plan.tiles(), 1, (first, last, worker) -> {
      for (int tile = first; tile < last; tile++) {
        packTile(x, tile);
        addRests(x, tile);
      }
    });
  }

  private static int[] withRoom(int[] array, int length) {
    return array.length < length ? new int[length] : array;
  }

  private void packTile(LinearInput x, int tile) {
    MemorySegment from = MemorySegment.ofArray(x.data());
    MemorySegment lists = MemorySegment.ofArray(coarse);
    int token = plan.first(tile);
    int size = plan.size(tile);
    Objects.checkFromIndexSize(x.rowOffset(token), (size - 1) * x.stride() + x.columns(), x.data().length);
    form.rows.call(0, from, segment(), 4L * x.rowOffset(token), offset(tile), size, 4L * x.stride(), blocks,
        Float.floatToRawIntBits(COARSE / blocks), 4L * token * (blocks + 1), 0, 0, lists, MemorySegment.NULL);
  }

  /** Places are counted up, here and elsewhere: a process of generated code has no C2 that would do it. */
  private void addRests(LinearInput x, int tile) {
    int size = plan.size(tile);
    int begins = RESTS_WORDS * tile * (blocks + 1);
    // First, bit by bit, which tokens of a block have one.
    Arrays.fill(rests, begins, begins + RESTS_WORDS * blocks, 0);
    for (int t = 0, list = plan.first(tile) * (blocks + 1); t < size; t++, list += blocks + 1) {
      for (int i = 1; i <= coarse[list]; i++) {
        rests[begins + RESTS_WORDS * coarse[list + i]] |= 1 << t;
      }
    }
    int at = firstRest + plan.first(tile) * blocks * REST_BYTES / Integer.BYTES;
    int end = at + size * blocks * REST_BYTES / Integer.BYTES;
    int block = (int) (offset(tile) / Integer.BYTES);
    for (int b = 0; b < blocks; b++, block += size * TOKEN_BLOCK / Integer.BYTES) {
      int tokens = rests[begins + RESTS_WORDS * b];
      rests[begins + RESTS_WORDS * b] = at;
      rests[begins + RESTS_WORDS * b + 1] = end;
      words[block + size * RESTS / Integer.BYTES] = tokens == 0 || form.shared ? 0 : (at - block) * Integer.BYTES;
      if (form.shared && Integer.bitCount(tokens) >= MANY) {
        end -= (size * TOKEN_BLOCK + BLOCK_NUMBER_BYTES) / Integer.BYTES;
        addRest(x, tile, 0, size, b, end);
        clearOthers(size, tokens, end);
        words[end + size * TOKEN_BLOCK / Integer.BYTES] = b;
        continue;
      }
      for (; tokens != 0; tokens &= tokens - 1, at += REST_BYTES / Integer.BYTES) {
        int t = Integer.numberOfTrailingZeros(tokens);
        addRest(x, tile, t, 1, b, at);
        words[at + TOKEN / Integer.BYTES] = t;
        words[at + BLOCK / Integer.BYTES] = b;
        words[at + MORE / Integer.BYTES] = (tokens & tokens - 1) == 0 ? 0 : 1;
      }
    }
    rests[begins + RESTS_WORDS * blocks] = at;
    rests[begins + RESTS_WORDS * blocks + 1] = end;
  }

  /** What a token loses must not depend on its neighbours: those of a shared rest that have none are multiplied with zero. */
  private void clearOthers(int size, int tokens, int block) {
    for (int t = 0; t < size; t++) {
      if ((tokens & 1 << t) == 0) {
        for (int field : CONTRIBUTIONS) {
          words[block + field * size / Integer.BYTES + t] = 0;
        }
      }
    }
  }

  /** What tokens from t on lost in block b, as a block of {@code count} tokens at a word. */
  private void addRest(LinearInput x, int tile, int t, int count, int b, int at) {
    int size = plan.size(tile);
    int value = x.rowOffset(plan.first(tile) + t) + b * BlockFormat.COLUMNS;
    long block = offset(tile) + (long) b * size * TOKEN_BLOCK;
    form.rest.call(0, MemorySegment.ofArray(x.data()), segment(), 4L * value, 4L * at, block + SCALE * t, block + SCALE * size + Float.BYTES * t,
        count, 4L * x.stride());
  }

  @Override
  public MemorySegment rests() {
    return MemorySegment.ofArray(rests);
  }

  @Override
  public long restsOffset(int tile, int block) {
    return (long) RESTS_WORDS * Integer.BYTES * (tile * (blocks + 1) + block);
  }

  @Override
  public TilePlan plan() {
    return plan;
  }

  @Override
  public MemorySegment segment() {
    return MemorySegment.ofArray(words);
  }

  @Override
  public long offset(int tile) {
    return (long) plan.first(tile) * blocks * TOKEN_BLOCK;
  }
}
