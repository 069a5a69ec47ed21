package io.mvlm.kernels.codegen;

import io.mvlm.kernels.codegen.x86.Assembler;
import io.mvlm.kernels.codegen.x86.Condition;
import io.mvlm.kernels.codegen.x86.Gpr;
import io.mvlm.kernels.codegen.x86.Label;
import io.mvlm.kernels.codegen.x86.Mem;
import io.mvlm.kernels.codegen.x86.Op;
import io.mvlm.kernels.codegen.x86.Vec;

/**
 * Products of panels of {@link BytePanels} with tiles of {@link TiledInt8}, two groups of rows at a time: they share the broadcast of four
 * activations. As an operand of every product instead, for a single group, broadcasts take so much of the ports that 1.7 products a cycle are
 * possible instead of 2.
 *
 * <p>For each block and token an integer sum of each group begins at −zero·Σx, counted in the bits of a float ({@link TiledInt8#ORIGIN}), takes eight
 * products of four weights with four activations, and joins its total times the scales of activations and weights; behind the blocks come shared
 * rests. Steps of activations that are not
 * below {@code Float.MAX_VALUE/ORIGIN}, 2.7e31, give no number. Behind the blocks what blocks of single tokens lost is added to y.
 *
 * <p>kernel(a: panels; x: tiles; y; z: for each block of a tile, and for one more, the words of x where its rests begin and where its shared rest ends; p0: bytes from x
 * to the first tile's first block; p1: bytes from y to the first result; p2: bytes between the results of two tokens; p3: blocks; p4: pairs of groups;
 * p5: tiles, one behind the other; p6: bytes from z to the first tile's first block; p7: the block of a row where the panels begin: if it is not the
 * first one, products are added to y; p8: blocks of a row). For 512-bit vectors.
 *
 * @param tokens of a tile
 */
record ByteProduct(BytePanels.Layout layout, int tokens) implements Routine.Generator {
  private static final Gpr WEIGHTS = Gpr.RDI;
  private static final Gpr X = Gpr.RSI;
  private static final Gpr Y = Gpr.RDX;
  private static final Gpr LEFT = Gpr.RCX;
  private static final Gpr MORE_WEIGHTS = Gpr.R8;
  private static final Gpr Y_STRIDE = Gpr.R9;
  private static final Gpr PAIR = Gpr.R10;
  private static final Gpr PLACE = Gpr.R11;
  private static final Gpr TILE_X = Gpr.RAX;
  /** Points to the words of the tile's first block. */
  private static final Gpr RESTS = Gpr.R12;
  private static final Gpr PAIRS_LEFT = Gpr.R13;
  /** Bytes of a group's panel. */
  private static final Gpr PANEL_BYTES = Gpr.R14;
  private static final Gpr ALL_X = Gpr.R15;
  private static final Gpr BLOCKS = Gpr.RBX;
  private static final Gpr TILES_LEFT = Gpr.RBP;

  /** Behind the sums and totals of {@link BytePanels#MOST_TOKENS} tokens. */
  private static final Vec[] QUANTS = {Vec.zmm(28), Vec.zmm(29)};
  private static final Vec ACTIVATIONS = Vec.zmm(30);
  private static final Vec SHIFT = Vec.zmm(31);

  static final TiledInt8.Sums SUMS = new TiledInt8.Sums(BytePanels.ZERO, Float.floatToRawIntBits(TiledInt8.ORIGIN));

  private static final int SCALES = BytePanels.VECTORS * BlockFormat.VECTOR;

  @Override
  public void write(Routine r) {
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
    a.imul(PANEL_BYTES, BLOCKS, layout.blockBytes());
    Label nextTile = a.here();
    r.argument(4, PAIRS_LEFT);
    addPairs(r);
    toNextTile(r);
    a.dec(TILES_LEFT);
    a.jcc(Condition.NOT_EQUAL, nextTile);
    r.leave();
  }

  /** All pairs of groups with a tile. */
  private void addPairs(Routine r) {
    Assembler a = r.a;
    Tile tile = new Tile(r, tokens);
    Label pair = a.here();
    a.mov(PAIR, WEIGHTS);
    a.mov(MORE_WEIGHTS, WEIGHTS);
    a.add(MORE_WEIGHTS, PANEL_BYTES);
    a.mov(X, TILE_X);
    begin(r, tile);
    a.mov(LEFT, BLOCKS);
    a.align(16);
    Label block = a.here();
    tile.addProducts();
    a.add(X, TiledInt8.TOKEN_BLOCK * tokens);
    a.add(WEIGHTS, layout.blockBytes());
    a.add(MORE_WEIGHTS, layout.blockBytes());
    a.dec(LEFT);
    a.jcc(Condition.NOT_EQUAL, block);
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
    a.imul(LEFT, PLACE, TiledInt8.TOKEN_BLOCK * tokens);
    a.add(TILE_X, LEFT);
    a.lea(RESTS, Mem.at(RESTS, PLACE, 2 * Integer.BYTES, 2 * Integer.BYTES));
  }

  private void begin(Routine r, Tile tile) {
    Label begun = new Label();
    tile.clear();
    fetchResults(r);
    r.argument(7, PLACE);
    r.a.test(PLACE, PLACE);
    r.a.jcc(Condition.EQUAL, begun);
    tile.forEachTotal(r::load);
    r.a.bind(begun);
  }

  /** So that their lines are in the cache when results are stored, many blocks later: three for each token, as they need not begin with one. */
  private void fetchResults(Routine r) {
    r.a.mov(PLACE, Y);
    for (int t = 0; t < tokens; t++) {
      r.a.prefetchw(Mem.at(PLACE));
      r.a.prefetchw(Mem.at(PLACE, BlockFormat.VECTOR));
      r.a.prefetchw(Mem.at(PLACE, 2 * BlockFormat.VECTOR - 1));
      r.a.add(PLACE, Y_STRIDE);
    }
  }

  private void addSharedRests(Routine r, Tile tile) {
    Mem end = Mem.at(RESTS, Integer.BYTES);
    Mem begin = Mem.at(RESTS, BLOCKS, 2 * Integer.BYTES, Integer.BYTES);
    int blockBytes = TiledInt8.TOKEN_BLOCK * tokens;
    forEachRest(r, begin, end, blockBytes + TiledInt8.SHARED_REST_MORE, blockBytes, tile::addProducts);
  }

  /** What stands in tiles as blocks of one token. */
  private void addRests(Routine r) {
    Mem begin = Mem.at(RESTS);
    Mem end = Mem.at(RESTS, BLOCKS, 2 * Integer.BYTES, 0);
    Tile one = new Tile(r, 1);
    forEachRest(r, begin, end, TiledInt8.REST_BYTES, TiledInt8.BLOCK, () -> addRest(r, one));
  }

  /**
   * Points to rests and to their weights.
   *
   * @param begin and end, the words of x between which they stand
   * @param bytes of one
   * @param block where in it its block of the row is named
   */
  private void forEachRest(Routine r, Mem begin, Mem end, int bytes, int block, Runnable code) {
    Assembler a = r.a;
    Label done = new Label();
    a.mov32(X, begin);
    a.lea(X, Mem.at(ALL_X, X, Integer.BYTES, 0));
    a.mov32(LEFT, end);
    a.lea(LEFT, Mem.at(ALL_X, LEFT, Integer.BYTES, 0));
    a.cmp(X, LEFT);
    a.jcc(Condition.EQUAL, done);
    Label rest = a.here();
    a.mov32(WEIGHTS, Mem.at(X, block));
    r.argument(7, PLACE);
    a.sub(WEIGHTS, PLACE);
    a.imul(WEIGHTS, WEIGHTS, layout.blockBytes());
    a.add(WEIGHTS, PAIR);
    a.mov(MORE_WEIGHTS, WEIGHTS);
    a.add(MORE_WEIGHTS, PANEL_BYTES);
    code.run();
    a.add(X, bytes);
    a.cmp(X, LEFT);
    a.jcc(Condition.NOT_EQUAL, rest);
    a.bind(done);
  }

  private void addRest(Routine r, Tile one) {
    Assembler a = r.a;
    one.clear();
    one.addProducts();
    a.mov32(PLACE, Mem.at(X, TiledInt8.TOKEN));
    a.imul(PLACE, Y_STRIDE);
    a.add(PLACE, Y);
    for (int group = 0; group < 2; group++) {
      Mem result = Mem.at(PLACE, group * BlockFormat.VECTOR);
      a.emit(Op.VADDPS, one.total(group, 0), one.total(group, 0), result);
      r.store(result, one.total(group, 0));
    }
  }

  private interface Result {
    void write(Vec total, Mem place);
  }

  /** The registers of so many tokens, whose block X points to: sums of both groups, then totals of both. */
  private final class Tile {
    private final Routine r;
    private final Assembler a;
    private final int size;

    Tile(Routine r, int size) {
      this.r = r;
      this.a = r.a;
      this.size = size;
    }

    private Vec sum(int group, int t) {
      return r.vec(group * size + t);
    }

    Vec total(int group, int t) {
      return r.vec((2 + group) * size + t);
    }

    private Mem field(int field, int t) {
      return Mem.at(X, field * size + Integer.BYTES * t);
    }

    void clear() {
      for (int i = 0; i < 2 * size; i++) {
        r.zero(total(0, i));
      }
    }

    void forEachTotal(Result code) {
      a.mov(PLACE, Y);
      for (int t = 0; t < size; t++) {
        for (int group = 0; group < 2; group++) {
          code.write(total(group, t), Mem.at(PLACE, group * BlockFormat.VECTOR));
        }
        a.add(PLACE, Y_STRIDE);
      }
    }

    void addProducts() {
      switch (layout) {
        case SCALE -> {
          dots(0, BytePanels.VECTORS, TiledInt8.SUM);
          addScaled(SCALES);
        }
        case SCALE_AND_MINIMUM -> {
          dots(0, BytePanels.VECTORS, TiledInt8.SUM);
          addScaled(SCALES);
          addMinimum(SCALES + BlockFormat.VECTOR);
        }
        case SCALES_OF_HALVES -> {
          int half = BytePanels.VECTORS / 2;
          dots(0, half, TiledInt8.HALF_SUMS);
          addScaled(SCALES);
          dots(half, 2 * half, TiledInt8.HALF_SUMS + Integer.BYTES);
          addScaled(SCALES + BlockFormat.VECTOR);
        }
      }
    }

    /** Loads a vector of the panels of both groups. */
    private void load(int offset) {
      r.load(QUANTS[0], Mem.at(WEIGHTS, offset));
      r.load(QUANTS[1], Mem.at(MORE_WEIGHTS, offset));
    }

    /** Sums of the products of columns {@code 4·from … 4·to − 1}. */
    private void dots(int from, int to, int sums) {
      for (int t = 0; t < size; t++) {
        a.emit(Op.VPBROADCASTD, sum(0, t), layout.zero() == 0 ? r.constant(SUMS.origin()) : field(sums, t));
        a.emit(Op.VMOVAPS, sum(1, t), sum(0, t));
      }
      for (int i = from; i < to; i++) {
        load(i * BlockFormat.VECTOR);
        for (int t = 0; t < size; t++) {
          a.emit(Op.VPBROADCASTD, ACTIVATIONS, Mem.at(X, BlockFormat.COLUMNS * t + 4 * i));
          for (int group = 0; group < 2; group++) {
            a.emit(Op.VPDPBUSD, sum(group, t), QUANTS[group], ACTIVATIONS);
          }
        }
      }
    }

    /** total += sum·scale of the weights·step of the activations */
    private void addScaled(int scales) {
      load(scales);
      for (int t = 0; t < size; t++) {
        a.emit(Op.VBROADCASTSS, ACTIVATIONS, field(TiledInt8.SCALE, t));
        a.emit(Op.VBROADCASTSS, SHIFT, field(TiledInt8.SHIFT, t));
        for (int group = 0; group < 2; group++) {
          a.emit(Op.VFMADD213PS, sum(group, t), ACTIVATIONS, SHIFT);
          a.emit(Op.VFMADD231PS, total(group, t), sum(group, t), QUANTS[group]);
        }
      }
    }

    /** total += minimum·Σ of the activations */
    private void addMinimum(int minima) {
      load(minima);
      for (int t = 0; t < size; t++) {
        a.emit(Op.VBROADCASTSS, ACTIVATIONS, field(TiledInt8.SCALED_SUM, t));
        for (int group = 0; group < 2; group++) {
          a.emit(Op.VFMADD231PS, total(group, t), QUANTS[group], ACTIVATIONS);
        }
      }
    }
  }
}
