package io.mvlm.kernels.codegen;

import io.mvlm.core.Workers;
import io.mvlm.kernels.cpu.LinearInput;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Activations rounded to integers of up to ±{@link #MOST}, with one scale for each {@link #COLUMNS} columns, in tiles of tokens. A tile is
 * a sequence of blocks of so many columns; a block holds for each token of the tile, one after the other, its integers, in pairs of
 * neighbours in an order of their own ({@link #place}), then for each token the scale (one step). Missing columns are zero.
 */
final class TiledInt16 implements IntegerPanels.Tiles {
  /** Of a block. */
  static final int COLUMNS = 64;
  /**
   * Largest magnitude: 14 bits; what remains of 31 is for the weights of a block, see {@link WordCode.Weights}. Where there are no
   * outliers, a step is 1/6000 of a standard deviation, and products of normally distributed values lose 1.2·10⁻⁴ of theirs; beside
   * outliers, as models have them, up to 1.9·10⁻⁴. Rounding activations to half-precision floats costs 2·10⁻⁴. One bit less would make this
   * 1.1·10⁻⁴ and 2.9·10⁻⁴.
   */
  static final int MOST = 16383;
  /** Where the field of scales begins in a block, in bytes times tokens of the tile. */
  static final int SCALE = Short.BYTES * COLUMNS;
  /** Bytes for each token of a block. */
  static final int TOKEN_BLOCK = SCALE + Float.BYTES;

  /** @param round see {@link WordCode.Rows} */
  record Form(Kernel round) implements LinearInput.OwnForm {
    @Override
    public LinearInput.Packed newPacked() {
      return new TiledInt16(round);
    }
  }

  private final Kernel round;
  private int[] words = new int[0];
  private TilePlan plan;
  private int blocks;

  private TiledInt16(Kernel round) {
    this.round = round;
  }

  /**
   * Where columns 2·pair and 2·pair + 1 of a token's block are, in bytes: packing takes four columns from one and four from another vector
   * in turn.
   */
  static int place(int pair) {
    int within = pair % 16;
    return Integer.BYTES * (pair / 16 * 16 + within % 8 / 2 * 4 + within / 8 * 2 + within % 2);
  }

  @Override
  public void pack(LinearInput x, Workers workers) {
    int tokens = x.rows();
    blocks = (x.columns() + COLUMNS - 1) / COLUMNS;
    plan = TilePlan.of(tokens, IntegerPanels.MOST_TOKENS);
    int length = Math.multiplyExact(tokens * blocks, TOKEN_BLOCK) / Integer.BYTES;
    if (words.length < length) {
      words = new int[length];
    }
    int stride = x.stride();
    Objects.checkFromIndexSize(x.rowOffset(0), (tokens - 1) * stride + x.columns(), x.data().length);
    workers.forEach(plan.tiles(), 1, (first, last, worker) -> {
      for (int tile = first; tile < last; tile++) {
        round.call(0, MemorySegment.ofArray(x.data()), segment(), 4L * x.rowOffset(plan.first(tile)), offset(tile), 4L * stride,
            plan.size(tile), x.columns(), 0);
      }
    });
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
