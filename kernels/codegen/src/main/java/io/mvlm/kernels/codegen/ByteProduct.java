package io.mvlm.kernels.codegen;

import io.mvlm.kernels.codegen.x86.Assembler;
import io.mvlm.kernels.codegen.x86.Condition;
import io.mvlm.kernels.codegen.x86.Gpr;
import io.mvlm.kernels.codegen.x86.Label;
import io.mvlm.kernels.codegen.x86.Mem;
import io.mvlm.kernels.codegen.x86.Op;
import io.mvlm.kernels.codegen.x86.Vec;

/**
 * Products of panels of {@link BytePanels} with a tile of {@link TiledInt8}, two groups of rows at a time: they share the broadcast of four
 * activations. As an operand of every product instead, for a single group, broadcasts take so much of the ports that 1.7 products a cycle are
 * possible instead of 2.
 *
 * <p>For each block and token an integer sum of each group begins at −zero·Σx, counted in the bits of a float ({@link TiledInt8#ORIGIN}), takes eight
 * products of four weights with four activations, and joins its total times the scales of activations and weights. Steps of activations that are not
 * below {@code Float.MAX_VALUE/ORIGIN}, 2.7e31, give no number. Behind the blocks what blocks of single tokens lost is added to y.
 *
 * <p>kernel(a: panels; x: tiles; y; p0: bytes from x to the tile's first block; p1: bytes from y to the first result; p2: bytes between the
 * results of two tokens; p3: blocks; p4: pairs of groups; p5: bytes from x to the first rest; p6: rests; p7: the block of a row where the panels
 * begin; p8: whether products are added to y, 0 or 1). For 512-bit vectors.
 *
 * @param tokens of the tile
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
  private static final Gpr RESTS = Gpr.R12;
  private static final Gpr PAIRS_LEFT = Gpr.R13;
  /** Bytes of a group's panel. */
  private static final Gpr PANEL_BYTES = Gpr.R14;
  private static final Gpr NEXT_PAIR = Gpr.R15;
  private static final Gpr BLOCKS = Gpr.RBX;

  /** Behind the sums and totals of {@link BytePanels#MOST_TOKENS} tokens. */
  private static final Vec[] QUANTS = {Vec.zmm(28), Vec.zmm(29)};
  private static final Vec ACTIVATIONS = Vec.zmm(30);
  private static final Vec SHIFT = Vec.zmm(31);

  static final TiledInt8.Sums SUMS = new TiledInt8.Sums(BytePanels.ZERO, Float.floatToRawIntBits(TiledInt8.ORIGIN));

  private static final int SCALES = BytePanels.VECTORS * BlockFormat.VECTOR;

  @Override
  public void write(Routine r) {
    Assembler a = r.a;
    r.enter(Gpr.RBX, Gpr.R12, Gpr.R13, Gpr.R14, Gpr.R15);
    r.argument(5, RESTS);
    a.add(RESTS, X);
    a.add(X, Gpr.RCX);
    a.add(Y, Gpr.R8);
    a.mov(TILE_X, X);
    r.argument(3, BLOCKS);
    r.argument(4, PAIRS_LEFT);
    a.imul(PANEL_BYTES, BLOCKS, layout.blockBytes());
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
    a.mov(NEXT_PAIR, MORE_WEIGHTS);
    tile.forEachTotal((total, place) -> r.store(place, total));
    addRests(r);
    a.mov(WEIGHTS, NEXT_PAIR);
    a.add(Y, 2 * BlockFormat.VECTOR);
    a.dec(PAIRS_LEFT);
    a.jcc(Condition.NOT_EQUAL, pair);
    r.leave();
  }

  private void begin(Routine r, Tile tile) {
    Label begun = new Label();
    tile.clear();
    fetchResults(r);
    r.argument(8, PLACE);
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

  /** What stands in tiles as blocks of one token. */
  private void addRests(Routine r) {
    Assembler a = r.a;
    Label done = new Label();
    r.argument(6, LEFT);
    a.test(LEFT, LEFT);
    a.jcc(Condition.EQUAL, done);
    a.mov(X, RESTS);
    Tile one = new Tile(r, 1);
    Label rest = a.here();
    a.mov32(WEIGHTS, Mem.at(X, TiledInt8.BLOCK));
    r.argument(7, PLACE);
    a.sub(WEIGHTS, PLACE);
    a.imul(WEIGHTS, WEIGHTS, layout.blockBytes());
    a.add(WEIGHTS, PAIR);
    a.mov(MORE_WEIGHTS, WEIGHTS);
    a.add(MORE_WEIGHTS, PANEL_BYTES);
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
    a.add(X, TiledInt8.REST_BYTES);
    a.dec(LEFT);
    a.jcc(Condition.NOT_EQUAL, rest);
    a.bind(done);
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
