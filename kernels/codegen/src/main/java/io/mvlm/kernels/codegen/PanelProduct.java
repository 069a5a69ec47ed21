package io.mvlm.kernels.codegen;

import io.mvlm.kernels.codegen.x86.Assembler;
import io.mvlm.kernels.codegen.x86.Condition;
import io.mvlm.kernels.codegen.x86.Gpr;
import io.mvlm.kernels.codegen.x86.Label;
import io.mvlm.kernels.codegen.x86.Mem;
import io.mvlm.kernels.codegen.x86.Op;
import io.mvlm.kernels.codegen.x86.Vec;
import java.util.function.IntUnaryOperator;

/**
 * Products of panels of {@link IntegerPanels} with tiles of tokens, two groups of rows at a time: they share the broadcast of 32 bits of
 * activations. As an operand of every product instead, for a single group, broadcasts take so much of the ports that 1.7 products a cycle
 * are possible instead of 2.
 *
 * <p>For each block and token an integer sum of each group takes products of as many weights and activations as 32 bits hold, becomes
 * float, and joins its total times the scales of weights and activations.
 *
 * <p>kernel(a: panels; x: tiles; y; z: where rests are, if they are kept, see {@link TiledInt8#rests}; p0: bytes from x to the first tile's first
 * block; p1: bytes from y to the first result; p2: bytes between the results of two tokens; p3: blocks; p4: pairs of groups; p5: tiles, one
 * behind the other; p6: bytes from z to the words of the first tile's first block; p7: the block of a row where the panels begin: if it is not the first
 * one, products are added to y; p8: blocks of a row). For 512-bit vectors.
 */
abstract class PanelProduct implements Routine.Generator {
  static final Gpr WEIGHTS = Gpr.RDI;
  static final Gpr X = Gpr.RSI;
  static final Gpr Y = Gpr.RDX;
  static final Gpr LEFT = Gpr.RCX;
  static final Gpr MORE_WEIGHTS = Gpr.R8;
  static final Gpr Y_STRIDE = Gpr.R9;
  static final Gpr PAIR = Gpr.R10;
  static final Gpr PLACE = Gpr.R11;
  private static final Gpr TILE_X = Gpr.RAX;
  /** Points to the words of the tile's first block. */
  static final Gpr RESTS = Gpr.R12;
  private static final Gpr PAIRS_LEFT = Gpr.R13;
  /** Bytes of a group's panel. */
  static final Gpr PANEL_BYTES = Gpr.R14;
  /** Where x begins: words of rests count from there. */
  static final Gpr ALL_X = Gpr.R15;
  /** Of a slice. */
  static final Gpr BLOCKS = Gpr.RBX;
  private static final Gpr TILES_LEFT = Gpr.RBP;

  /** Behind the sums and totals of {@link IntegerPanels#MOST_TOKENS} tokens. */
  static final Vec[] QUANTS = {Vec.zmm(28), Vec.zmm(29)};
  static final Vec ACTIVATIONS = Vec.zmm(30);

  private final IntegerPanels.Block block;
  private final int tokens;

  /** @param tokens of a tile */
  PanelProduct(IntegerPanels.Block block, int tokens) {
    this.block = block;
    this.tokens = tokens;
  }

  int tokens() {
    return tokens;
  }

  /** The code for a tile of so many tokens. */
  abstract Tile tile(Routine r, int size);

  /**
   * Adds what many tokens of a tile lost to the totals of a pair of groups, whose first panel is at {@link #PAIR}. May change {@link #X},
   * {@link #LEFT}, {@link #WEIGHTS}, {@link #MORE_WEIGHTS} and {@link #PLACE}, sums and operands; adds nothing where nothing is kept.
   */
  void addSharedRests(Routine r, Tile tile) {}

  /** Adds what else was lost to the results at {@link #Y}. As {@link #addSharedRests}, and may change all vectors: totals are stored. */
  void addRests(Routine r) {}

  @Override
  public final void write(Routine r) {
    Assembler a = r.a;
    r.enter(Gpr.RBX, Gpr.RBP, Gpr.R12, Gpr.R13, Gpr.R14, Gpr.R15);
    a.mov(ALL_X, X);
    a.mov(TILE_X, X);
    a.add(TILE_X, Gpr.RCX);
    a.add(Y, Gpr.R8);
    r.argumentZ(RESTS);
    r.argument(6, PLACE);
    a.add(RESTS, PLACE);
    r.argument(5, TILES_LEFT);
    r.argument(3, BLOCKS);
    a.imul(PANEL_BYTES, BLOCKS, block.panelBytes());
    Label nextTile = a.here();
    r.argument(4, PAIRS_LEFT);
    multiplyPairs(r);
    toNextTile(r);
    a.dec(TILES_LEFT);
    a.jcc(Condition.NOT_EQUAL, nextTile);
    r.leave();
  }

  /** All pairs of groups with a tile. */
  private void multiplyPairs(Routine r) {
    Assembler a = r.a;
    Tile tile = tile(r, tokens);
    Label pair = a.here();
    a.mov(PAIR, WEIGHTS);
    a.mov(MORE_WEIGHTS, WEIGHTS);
    a.add(MORE_WEIGHTS, PANEL_BYTES);
    a.mov(X, TILE_X);
    begin(r, tile);
    a.mov(LEFT, BLOCKS);
    a.align(16);
    Label next = a.here();
    tile.addProducts();
    a.add(X, block.tokenBytes() * tokens);
    a.add(WEIGHTS, block.panelBytes());
    a.add(MORE_WEIGHTS, block.panelBytes());
    a.dec(LEFT);
    a.jcc(Condition.NOT_EQUAL, next);
    addSharedRests(r, tile);
    tile.forEachTotal((total, place) -> r.store(place, total));
    addRests(r);
    a.lea(WEIGHTS, Mem.at(PAIR, PANEL_BYTES, 2, 0));
    a.add(Y, 2 * BlockFormat.VECTOR);
    a.dec(PAIRS_LEFT);
    a.jcc(Condition.NOT_EQUAL, pair);
  }

  /** From behind the last pair of groups to the first one, and from a tile of activations and results to the next. */
  private void toNextTile(Routine r) {
    Assembler a = r.a;
    r.argument(4, PLACE);
    a.imul(LEFT, PLACE, 2 * BlockFormat.VECTOR);
    a.sub(Y, LEFT);
    a.imul(LEFT, Y_STRIDE, tokens);
    a.add(Y, LEFT);
    a.imul(PLACE, PANEL_BYTES);
    a.add(PLACE, PLACE);
    a.sub(WEIGHTS, PLACE);
    r.argument(8, PLACE);
    a.imul(LEFT, PLACE, block.tokenBytes() * tokens);
    a.add(TILE_X, LEFT);
    int words = TiledInt8.RESTS_WORDS * Integer.BYTES;
    a.lea(RESTS, Mem.at(RESTS, PLACE, words, words));
  }

  /** The block of a row where the panels begin. */
  static void firstBlock(Routine r, Gpr to) {
    r.argument(7, to);
  }

  private void begin(Routine r, Tile tile) {
    Label begun = new Label();
    tile.clear();
    fetchResults(r);
    firstBlock(r, PLACE);
    r.a.test(PLACE, PLACE);
    r.a.jcc(Condition.EQUAL, begun);
    tile.forEachTotal(r::load);
    r.a.bind(begun);
  }

  /** So that their lines are in the cache when results are stored, blocks later: three for each token, as they need not begin with one. */
  private void fetchResults(Routine r) {
    r.a.mov(PLACE, Y);
    for (int t = 0; t < tokens; t++) {
      r.a.prefetchw(Mem.at(PLACE));
      r.a.prefetchw(Mem.at(PLACE, BlockFormat.VECTOR));
      r.a.prefetchw(Mem.at(PLACE, 2 * BlockFormat.VECTOR - 1));
      r.a.add(PLACE, Y_STRIDE);
    }
  }

  interface Result {
    void write(Vec total, Mem place);
  }

  /** The registers of so many tokens, whose block X points to: sums of both groups, then totals of both. */
  abstract static class Tile {
    final Routine r;
    final Assembler a;
    final int size;

    Tile(Routine r, int size) {
      this.r = r;
      this.a = r.a;
      this.size = size;
    }

    /** Adds a block's products to the totals. */
    abstract void addProducts();

    final Vec sum(int group, int t) {
      return r.vec(group * size + t);
    }

    final Vec total(int group, int t) {
      return r.vec((2 + group) * size + t);
    }

    /** A number of a token, of a field that begins at so many bytes times tokens. */
    final Mem field(int field, int t) {
      return Mem.at(X, field * size + Integer.BYTES * t);
    }

    final void clear() {
      for (int i = 0; i < 2 * size; i++) {
        r.zero(total(0, i));
      }
    }

    final void forEachTotal(Result code) {
      a.mov(PLACE, Y);
      for (int t = 0; t < size; t++) {
        for (int group = 0; group < 2; group++) {
          code.write(total(group, t), Mem.at(PLACE, group * BlockFormat.VECTOR));
        }
        a.add(PLACE, Y_STRIDE);
      }
    }

    /** Loads a vector of the panels of both groups. */
    final void load(int offset) {
      r.load(QUANTS[0], Mem.at(WEIGHTS, offset));
      r.load(QUANTS[1], Mem.at(MORE_WEIGHTS, offset));
    }

    /**
     * Adds products to the sums.
     *
     * @param product of integers, of 32 bits of each side
     * @param from and {@code to}: vectors of the block of the panels
     * @param tokenBytes integers of a token
     * @param place where those that meet a vector are, in bytes
     */
    final void addDots(Op product, int from, int to, int tokenBytes, IntUnaryOperator place) {
      for (int i = from; i < to; i++) {
        load(i * BlockFormat.VECTOR);
        for (int t = 0; t < size; t++) {
          a.emit(Op.VPBROADCASTD, ACTIVATIONS, Mem.at(X, tokenBytes * t + place.applyAsInt(i)));
          for (int group = 0; group < 2; group++) {
            a.emit(product, sum(group, t), QUANTS[group], ACTIVATIONS);
          }
        }
      }
    }
  }
}
