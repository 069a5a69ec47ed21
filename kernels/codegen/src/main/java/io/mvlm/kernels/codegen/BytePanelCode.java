package io.mvlm.kernels.codegen;

import io.mvlm.kernels.codegen.x86.Assembler;
import io.mvlm.kernels.codegen.x86.Gpr;
import io.mvlm.kernels.codegen.x86.Mem;
import io.mvlm.kernels.codegen.x86.Op;
import io.mvlm.kernels.codegen.x86.Vec;

/**
 * Unpacks weights of a group once for all tokens, without loss: what {@link ByteProduct} multiplies. A panel is a sequence of blocks, see
 * {@link ByteProduct.Layout}.
 *
 * <p>kernel(a: the first block; y: panel; p1: bytes from y; p2: {@link BlockFormat#strides}). For 512-bit vectors.
 */
record BytePanelCode(BlockFormat format) implements Routine.Generator {
  private static final Gpr BLOCK = Gpr.RDI;
  private static final Gpr BEHIND = Gpr.RSI;
  private static final Gpr PANEL = Gpr.RDX;
  private static final Gpr STRIDES_LEFT = Gpr.R9;
  private static final Gpr INNER = Gpr.RCX;
  /** zmm0 to zmm4 belong to {@link BlockCode}. */
  private static final Vec BIAS = Vec.zmm(5);
  private static final Vec SIGN = Vec.zmm(6);

  @Override
  public void write(Routine r) {
    Assembler a = r.a;
    r.enter();
    a.add(PANEL, Gpr.R8);
    ByteProduct.Layout layout = ByteProduct.Layout.of(format);
    BlockCode weights = new BlockCode(r, format, BLOCK, BEHIND, 0);
    weights.loadMasks();
    int bias = layout.zero() - format.zero;
    r.setAll(BIAS, bias * 0x01010101); // no sum of bytes carries
    r.setAll(SIGN, 0x80000000);
    weights.forEachBlock(STRIDES_LEFT, INNER, () -> {
      weights.begin();
      for (int i = 0; i < ByteProduct.VECTORS; i++) {
        weights.unpack(i);
        if (bias != 0) {
          a.emit(Op.VPADDD, weights.quants, weights.quants, BIAS);
        }
        r.store(Mem.at(PANEL, i * BlockFormat.VECTOR), weights.quants);
      }
      int scales = ByteProduct.VECTORS * BlockFormat.VECTOR;
      switch (layout) {
        case SCALE -> {
          weights.scale();
          r.store(Mem.at(PANEL, scales), weights.quants);
        }
        case SCALE_AND_MINIMUM -> {
          weights.scale();
          r.store(Mem.at(PANEL, scales), weights.quants);
          weights.minimum();
          if (format.hasSuperBlocks()) {
            a.emit(Op.VPXOR, weights.quants, weights.quants, SIGN); // these are taken away
          }
          r.store(Mem.at(PANEL, scales + BlockFormat.VECTOR), weights.quants);
        }
        case SCALES_OF_HALVES -> {
          for (int half = 0; half < 2; half++) {
            weights.halfScale(half);
            r.store(Mem.at(PANEL, scales + half * BlockFormat.VECTOR), weights.quants);
          }
        }
      }
      a.add(PANEL, layout.block().panelBytes());
    });
    r.leave();
  }
}
