package io.mvlm.kernels.codegen;

import io.mvlm.kernels.codegen.x86.Assembler;
import io.mvlm.kernels.codegen.x86.Condition;
import io.mvlm.kernels.codegen.x86.Label;
import io.mvlm.kernels.codegen.x86.Mem;
import io.mvlm.kernels.codegen.x86.Op;
import io.mvlm.kernels.codegen.x86.Vec;

/**
 * Products of quantised weights as bytes, without loss, with a tile of {@link TiledInt8}. For each block and token an integer sum of each
 * group begins at −zero·Σx, counted in the bits of a float ({@link TiledInt8#ORIGIN}), and takes eight products of four weights with four
 * activations. Steps of activations that are not below {@code Float.MAX_VALUE/ORIGIN}, 2.7e31, give infinities or no numbers. Behind the
 * blocks come shared rests, and what blocks of single tokens lost is added to y.
 */
final class ByteProduct extends PanelProduct {
  /** Fewest tokens that a tile has where this is used: 29 tokens are five tiles. */
  static final int FEWEST_TOKENS = 5;
  /** Vectors of a block's weights, four columns each. */
  static final int VECTORS = BlockFormat.COLUMNS / 4;
  /** The byte that means zero, where a layout has one. */
  static final int ZERO = 128;

  static final TiledInt8.Sums SUMS = new TiledInt8.Sums(ZERO, Float.floatToRawIntBits(TiledInt8.ORIGIN));

  private static final int SCALES = VECTORS * BlockFormat.VECTOR;
  /** What takes the origin away. */
  private static final Vec MINUS_ORIGIN = Vec.zmm(31);

  /**
   * A block: {@link #VECTORS} vectors of unsigned bytes, each with four neighbouring columns of 16 rows, then vectors of floats for the
   * rows.
   */
  enum Layout {
    /** One scale; weights are (byte − 128)·scale. */
    SCALE(1, ZERO),
    /** A scale and a minimum; weights are byte·scale + minimum. */
    SCALE_AND_MINIMUM(2, 0),
    /** Scales of the first and the last 16 columns; weights are (byte − 128)·scale. */
    SCALES_OF_HALVES(2, ZERO);

    private final IntegerPanels.Block block;
    private final int zero;

    Layout(int factors, int zero) {
      this.block = new IntegerPanels.Block(BlockFormat.COLUMNS, (VECTORS + factors) * BlockFormat.VECTOR, TiledInt8.TOKEN_BLOCK);
      this.zero = zero;
    }

    static Layout of(BlockFormat format) {
      return switch (format.scales) {
        case HALF -> SCALE;
        case HALF_AND_MINIMUM, SUPER_AND_MINIMUM -> SCALE_AND_MINIMUM;
        case SUPER_BY_HALVES -> SCALES_OF_HALVES;
      };
    }

    /** The byte that means zero. */
    int zero() {
      return zero;
    }

    IntegerPanels.Block block() {
      return block;
    }
  }

  private final Layout layout;

  ByteProduct(Layout layout, int tokens) {
    super(layout.block(), tokens);
    this.layout = layout;
  }

  @Override
  Tile tile(Routine r, int size) {
    return new Bytes(r, size);
  }

  @Override
  public String toString() {
    return "ByteProduct " + layout + ", " + tokens() + " tokens";
  }

  @Override
  void addSharedRests(Routine r, Tile tile) {
    Mem end = Mem.at(RESTS, Integer.BYTES);
    Mem begin = Mem.at(RESTS, BLOCKS, TiledInt8.RESTS_WORDS * Integer.BYTES, Integer.BYTES);
    int blockBytes = TiledInt8.TOKEN_BLOCK * tokens();
    forEachRest(r, begin, end, blockBytes + TiledInt8.BLOCK_NUMBER_BYTES, blockBytes, tile::addProducts);
  }

  /** What stands in tiles as blocks of one token. */
  @Override
  void addRests(Routine r) {
    Mem begin = Mem.at(RESTS);
    Mem end = Mem.at(RESTS, BLOCKS, TiledInt8.RESTS_WORDS * Integer.BYTES, 0);
    Tile one = tile(r, 1);
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
    firstBlock(r, PLACE);
    a.sub(WEIGHTS, PLACE);
    a.imul(WEIGHTS, WEIGHTS, layout.block().panelBytes());
    a.add(WEIGHTS, PAIR);
    a.mov(MORE_WEIGHTS, WEIGHTS);
    a.add(MORE_WEIGHTS, PANEL_BYTES);
    code.run();
    a.add(X, bytes);
    a.cmp(X, LEFT);
    a.jcc(Condition.NOT_EQUAL, rest);
    a.bind(done);
  }

  private static void addRest(Routine r, Tile one) {
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

  private final class Bytes extends Tile {
    Bytes(Routine r, int size) {
      super(r, size);
    }

    @Override
    void addProducts() {
      switch (layout) {
        case SCALE -> {
          dots(0, VECTORS, TiledInt8.SUM);
          addScaled(SCALES);
        }
        case SCALE_AND_MINIMUM -> {
          dots(0, VECTORS, TiledInt8.SUM);
          addScaled(SCALES);
          addMinimum(SCALES + BlockFormat.VECTOR);
        }
        case SCALES_OF_HALVES -> {
          int half = VECTORS / 2;
          dots(0, half, TiledInt8.HALF_SUMS);
          addScaled(SCALES);
          dots(half, 2 * half, TiledInt8.HALF_SUMS + Integer.BYTES);
          addScaled(SCALES + BlockFormat.VECTOR);
        }
      }
    }

    /** Sums of the products of columns {@code 4·from … 4·to − 1}. */
    private void dots(int from, int to, int sums) {
      for (int t = 0; t < size; t++) {
        a.emit(Op.VPBROADCASTD, sum(0, t), layout.zero() == 0 ? r.constant(SUMS.origin()) : field(sums, t));
        a.emit(Op.VMOVAPS, sum(1, t), sum(0, t));
      }
      addDots(Op.VPDPBUSD, from, to, BlockFormat.COLUMNS, i -> 4 * i);
    }

    /** total += sum·scale of the weights·step of the activations */
    private void addScaled(int scales) {
      load(scales);
      for (int t = 0; t < size; t++) {
        a.emit(Op.VBROADCASTSS, ACTIVATIONS, field(TiledInt8.SCALE, t));
        a.emit(Op.VBROADCASTSS, MINUS_ORIGIN, field(TiledInt8.MINUS_ORIGIN, t));
        for (int group = 0; group < 2; group++) {
          a.emit(Op.VFMADD213PS, sum(group, t), ACTIVATIONS, MINUS_ORIGIN);
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
