package io.mvlm.kernels.codegen;

import io.mvlm.kernels.codegen.x86.Op;
import io.mvlm.kernels.codegen.x86.Vec;

/**
 * Products of weights of 16 bits, rounded to integers by {@link WordCode.Weights}, with a tile of {@link TiledInt16}. For each block and
 * token an integer sum of each group takes products of two weights with two activations, twice as many as a multiply-add of floats has; it
 * is exact, as the scales of the weights leave no room for more than 31 bits. Weights beyond 10³² are infinite to it.
 *
 * <p>A block of a panel: {@link #VECTORS} vectors of integers, each with two neighbouring columns of 16 rows, then a vector of scales.
 */
final class WordProduct extends PanelProduct {
  /** Fewest tokens of a tile where there are more than {@link FloatCode#FEW_TOKENS}: 8 are two tiles. */
  static final int FEWEST_TOKENS = 4;
  /** Vectors of a block's weights, two columns each. */
  static final int VECTORS = TiledInt16.COLUMNS / 2;
  static final int SCALES = VECTORS * BlockFormat.VECTOR;
  static final IntegerPanels.Block BLOCK =
      new IntegerPanels.Block(TiledInt16.COLUMNS, SCALES + BlockFormat.VECTOR, TiledInt16.TOKEN_BLOCK);

  WordProduct(int tokens) {
    super(BLOCK, tokens);
  }

  @Override
  Tile tile(Routine r, int size) {
    return new Words(r, size);
  }

  @Override
  public String toString() {
    return "WordProduct, " + tokens() + " tokens";
  }

  private static final class Words extends Tile {
    Words(Routine r, int size) {
      super(r, size);
    }

    @Override
    void addProducts() {
      for (int t = 0; t < size; t++) {
        r.zero(sum(0, t));
        r.zero(sum(1, t));
      }
      addDots(Op.VPDPWSSD, 0, VECTORS, Short.BYTES * TiledInt16.COLUMNS, TiledInt16::place);
      load(SCALES);
      for (int t = 0; t < size; t++) {
        for (int group = 0; group < 2; group++) {
          Vec sum = sum(group, t);
          a.emit(Op.VCVTDQ2PS, sum, sum);
          a.emit(Op.VMULPS, sum, sum, QUANTS[group]);
          a.emit(Op.VFMADD231PS, total(group, t), sum, field(TiledInt16.SCALE, t).toAllLanes());
        }
      }
    }
  }
}
