package io.mvlm.kernels.codegen;

import io.mvlm.kernels.codegen.x86.Assembler;
import io.mvlm.kernels.codegen.x86.Condition;
import io.mvlm.kernels.codegen.x86.Gpr;
import io.mvlm.kernels.codegen.x86.Label;
import io.mvlm.kernels.codegen.x86.Mem;
import io.mvlm.kernels.codegen.x86.Op;
import io.mvlm.kernels.codegen.x86.Vec;
import java.util.List;

/**
 * Products of a quantised matrix with a tile of tokens. For each group of 16 rows and block of 32 columns, an integer accumulator for each
 * token starts at −zero·Σx, takes the eight products of four quants with four activations, becomes float, and joins its total times the scales of
 * weights and activations.
 *
 * <p>kernel(a: first group; x: tiles; y; p0: bytes from x to the tile; p1: bytes from y to the first result; p2: bytes between the results
 * of two tokens; p3: {@link BlockFormat#strides} to multiply; p4: groups of a stream; p5: bytes between them; p6: whether the products are
 * added to y, 0 or 1; p7: bytes between the first groups of two streams; p8: bytes between their results). A vector shorter than a group takes
 * it in two steps.
 *
 * @param tokens of the tile
 * @param streams of groups that are read side by side: a processor foresees reads within a page, so several pages come faster than one
 */
record QuantProduct(BlockFormat format, int tokens, int streams) implements Routine.Generator {
  /** So many blocks ahead weights are asked for: with few tokens from the memory, with many from the second-level cache. */
  private static final int PREFETCH_FEW = 8;
  private static final int PREFETCH_MANY = 4;
  /** Up to so many tokens weights come from the memory. */
  static final int FEW_TOKENS = 3;
  /** Streams of weights that come from the memory. */
  static final int STREAMS = 4;
  private static final int LINE = 64;
  static final TiledInt8.Sums SUMS = new TiledInt8.Sums(8, 0);

  /** Most tokens of a tile of one stream: two accumulators each, and six registers besides, of 32; where there are 16, eight besides. */
  static int mostTokens(Tier tier) {
    return tier.bits() == 512 ? 13 : 4;
  }

  /** Streams for a tile: several with few tokens, as registers allow. */
  static int streams(Tier tier, int tokens) {
    return tokens <= (tier.bits() == 512 ? FEW_TOKENS : 1) ? STREAMS : 1;
  }

  @Override
  public void write(Routine r) {
    new Writer(r, this).write();
  }

  private static final class Writer {
    private static final Gpr WEIGHTS = Gpr.RDI;
    private static final Gpr X = Gpr.RSI;
    private static final Gpr Y = Gpr.RDX;
    private static final Gpr STRIDES_LEFT = Gpr.RCX;
    /** The token of the tile that a rest belongs to. */
    private static final Gpr TOKEN = Gpr.R8;
    private static final Gpr Y_STRIDE = Gpr.R9;
    private static final Gpr GROUP_WEIGHTS = Gpr.R10;
    /** Blocks left of a super-block, then the place of results. */
    private static final Gpr INNER = Gpr.R11;
    private static final Gpr TILE_X = Gpr.RAX;
    private static final Gpr STRIDES = Gpr.R12;
    private static final Gpr GROUPS_LEFT = Gpr.R13;
    private static final Gpr STREAM_STEP = Gpr.R14;
    /** What stands behind a super-block. */
    private static final Gpr SUPER = Gpr.RBP;
    /** What a block of one token lost, see {@link TiledInt8}; between groups the results of a stream. */
    private static final Gpr REST = Gpr.RBX;
    private static final Gpr MASKS = Gpr.R15;

    private final Routine r;
    private final Assembler a;
    private final BlockFormat format;
    private final int tokens;
    private final int streams;
    private final boolean words;
    private final boolean signed;
    private final BlockCode weights;
    private final Vec quants;
    private final Vec other;
    private final Vec product;
    private final Vec spare;
    private final Vec ones;
    private final Vec signs;
    private final Vec restTotal;

    Writer(Routine r, QuantProduct tile) {
      this.r = r;
      this.a = r.a;
      this.format = tile.format;
      this.tokens = tile.tokens;
      this.streams = tile.streams;
      // Without a dot product to 32 bits: eight products of two 4-bit quants with activations fit 16 bits, 8·2·15·127 = 30480.
      this.words = !r.tier.hasDotProduct() && format.bits == 4;
      // Nor would 2·255·127 fit: 8-bit quants are taken with their sign, which goes over to the activations, 2·128·127 = 32512.
      this.signed = !r.tier.hasDotProduct() && format.bits == 8;
      int next = (1 + streams) * tokens;
      this.weights = new BlockCode(r, format, WEIGHTS, SUPER, next);
      this.quants = weights.quants;
      this.other = weights.other;
      this.product = r.vec(next + 5);
      this.spare = r.is512() ? product : r.vec(next + 6);
      this.ones = r.is512() ? product : r.vec(next + 7);
      this.signs = r.vec(next + 2); // 8-bit quants need no mask there
      // The accumulators of other tokens are free while there is one.
      this.restTotal = r.vec(tokens > 1 ? 1 : next + 8);
    }

    private Vec dot(int token) {
      return r.vec(token);
    }

    private Vec total(int stream, int token) {
      return r.vec((1 + stream) * tokens + token);
    }

    /** Activations of a block: those of a tile, or what a block of one token lost. */
    private record Activations(Gpr place, int tokens, Vec firstTotal) {
      Mem quants(int token, int i) {
        return Mem.at(place, 32 * token + 4 * i);
      }

      Mem field(int field, int token) {
        return Mem.at(place, field * tokens + Integer.BYTES * token);
      }

      Vec total(int token) {
        return Vec.of(firstTotal.number() + token, firstTotal.bits());
      }
    }

    void write() {
      r.enter(Gpr.RBX, Gpr.RBP, Gpr.R12, Gpr.R13, Gpr.R14, Gpr.R15);
      a.add(X, Gpr.RCX);
      a.add(Y, Gpr.R8);
      r.argument(3, STRIDES);
      r.argument(4, GROUPS_LEFT);
      r.argument(7, STREAM_STEP);
      a.lea(MASKS, masks());
      a.mov(TILE_X, X);
      loadConstants();
      Label group = a.here();
      a.mov(GROUP_WEIGHTS, WEIGHTS);
      for (int part = 0; part < BlockFormat.ROWS / r.tier.lanes(); part++) {
        weights.part = part;
        a.mov(WEIGHTS, GROUP_WEIGHTS);
        a.mov(X, TILE_X);
        begin();
        blocks();
        forEachResult((total, place) -> r.store(place, total));
      }
      r.argument(5, WEIGHTS);
      a.add(WEIGHTS, GROUP_WEIGHTS);
      a.add(Y, BlockFormat.VECTOR);
      a.dec(GROUPS_LEFT);
      a.jcc(Condition.NOT_EQUAL, group);
      r.leave();
    }

    private interface Result {
      void write(Vec total, Mem place);
    }

    private void forEachResult(Result code) {
      a.mov(REST, Y);
      for (int stream = 0; stream < streams; stream++) {
        a.mov(INNER, REST);
        for (int t = 0; t < tokens; t++) {
          code.write(total(stream, t), Mem.at(INNER, weights.part * r.tier.bits() / 8));
          a.add(INNER, Y_STRIDE);
        }
        if (streams > 1) {
          r.argument(8, INNER);
          a.add(REST, INNER);
        }
      }
    }

    /** Totals begin with nothing, or with y. */
    private void begin() {
      Label begun = new Label();
      for (int i = 0; i < streams * tokens; i++) {
        r.zero(total(0, i));
      }
      r.argument(6, INNER);
      a.test(INNER, INNER);
      a.jcc(Condition.EQUAL, begun);
      forEachResult(r::load);
      a.bind(begun);
    }

    private void loadConstants() {
      weights.loadMasks();
      if (signed) {
        r.setAll(signs, 0x80808080);
      }
      if (!r.tier.hasDotProduct()) {
        r.setAll(ones, 0x00010001);
      }
    }

    private void blocks() {
      a.mov(STRIDES_LEFT, STRIDES);
      weights.forEachBlock(STRIDES_LEFT, INNER, () -> {
        for (int stream = 0; stream < streams; stream++) {
          if (stream > 0) {
            toStream(1);
          }
          block(stream);
        }
        toStream(1 - streams);
        a.add(X, TiledInt8.TOKEN_BLOCK * tokens);
      });
    }

    /** The same block of so many streams further. */
    private void toStream(int steps) {
      for (int i = 0; i < Math.abs(steps); i++) {
        for (Gpr place : format.hasSuperBlocks() ? List.of(WEIGHTS, SUPER) : List.of(WEIGHTS)) {
          if (steps > 0) {
            a.add(place, STREAM_STEP);
          } else {
            a.sub(place, STREAM_STEP);
          }
        }
      }
    }

    private void block(int stream) {
      if (weights.part == 0) {
        int ahead = tokens <= FEW_TOKENS ? PREFETCH_FEW : PREFETCH_MANY;
        for (int line = 0; line < format.blockBytes(); line += LINE) {
          a.prefetcht0(Mem.at(WEIGHTS, ahead * format.blockBytes() + line));
        }
      }
      weights.begin();
      Activations tile = new Activations(X, tokens, total(stream, 0));
      addProducts(tile);
      Label done = new Label();
      a.cmp(tile.field(TiledInt8.RESTS, 0), 0);
      a.jcc(Condition.EQUAL, done);
      a.mov32(REST, tile.field(TiledInt8.RESTS, 0));
      a.add(REST, X);
      Label rest = a.here();
      addRest(stream, new Activations(REST, 1, restTotal));
      a.add(REST, TiledInt8.REST_BYTES);
      a.cmp(Mem.at(REST, TiledInt8.MORE - TiledInt8.REST_BYTES), 0);
      a.jcc(Condition.NOT_EQUAL, rest);
      a.bind(done);
    }

    /** The products of what one token lost, added to its total and, masked, to no other. */
    private void addRest(int stream, Activations rest) {
      r.zero(restTotal);
      addProducts(rest);
      a.mov32(TOKEN, Mem.at(REST, TiledInt8.TOKEN));
      for (int t = 0; t < tokens; t++) {
        r.withAll(Op.VPAND, product, restTotal, Mem.at(MASKS, TOKEN, Integer.BYTES, Integer.BYTES * (tokens - 1 - t)), spare);
        a.emit(Op.VADDPS, total(stream, t), total(stream, t), product);
      }
    }

    /** All bits of the last token: as many words before it are, for an earlier one, in front of the first. */
    private Mem masks() {
      int[] words = new int[2 * tokens - 1];
      words[tokens - 1] = -1;
      return r.constant(words);
    }

    private void addProducts(Activations x) {
      if (format.scales == BlockFormat.Scales.SUPER_BY_HALVES) {
        for (int half = 0; half < 2; half++) {
          dots(x, 4 * half, 4 * half + 4, TiledInt8.HALF_SUMS + half * Integer.BYTES);
          weights.halfScale(half);
          addScaled(x);
        }
      } else {
        dots(x, 0, 8, TiledInt8.SUM);
        weights.scale();
        addScaled(x);
        if (format.scales.hasMinimum()) {
          weights.minimum();
          addMinimum(x);
        }
      }
    }

    /** dot(t) = −zero·Σx + the products of quants {@code 4·from … 4·to − 1} with the activations of t. */
    private void dots(Activations x, int from, int to, int sums) {
      boolean zeroFirst = format.zero == 0 || signed || words;
      for (int t = 0; t < x.tokens; t++) {
        if (zeroFirst) {
          r.zero(dot(t));
        } else {
          start(dot(t), x.field(sums, t));
        }
      }
      for (int i = from; i < to; i++) {
        weights.unpack(i);
        if (signed) {
          a.emit(Op.VPXOR, quants, quants, signs);
          a.emit(Op.VPABSB, other, quants);
        }
        for (int t = 0; t < x.tokens; t++) {
          multiply(dot(t), x.quants(t, i));
        }
      }
      if (words) {
        for (int t = 0; t < x.tokens; t++) {
          a.emit(Op.VPMADDWD, dot(t), dot(t), ones);
          if (format.zero != 0) {
            start(spare, x.field(sums, t));
            a.emit(Op.VPADDD, dot(t), dot(t), spare);
          }
        }
      }
    }

    private void start(Vec to, Mem sum) {
      r.shiftAll(to, sum, Integer.numberOfTrailingZeros(format.zero / SUMS.factor()));
    }

    private void multiply(Vec dot, Mem activations) {
      if (r.tier.hasDotProduct()) {
        if (r.is512()) {
          a.emit(Op.VPDPBUSD, dot, quants, activations.toAllLanes());
        } else {
          a.emit(Op.VPBROADCASTD, spare, activations);
          a.emit(Op.VPDPBUSD, dot, quants, spare);
        }
        return;
      }
      a.emit(Op.VPBROADCASTD, spare, activations);
      if (signed) {
        a.emit(Op.VPSIGNB, spare, spare, quants);
      }
      a.emit(Op.VPMADDUBSW, spare, signed ? other : quants, spare);
      if (words) {
        a.emit(Op.VPADDW, dot, dot, spare);
      } else {
        a.emit(Op.VPMADDWD, spare, spare, ones);
        a.emit(Op.VPADDD, dot, dot, spare);
      }
    }

    /** total(t) += dot(t)·scale·step of the activations of t */
    private void addScaled(Activations x) {
      for (int t = 0; t < x.tokens; t++) {
        a.emit(Op.VCVTDQ2PS, dot(t), dot(t));
        r.withAll(Op.VMULPS, product, quants, x.field(TiledInt8.SCALE, t), product);
        a.emit(Op.VFMADD231PS, x.total(t), dot(t), product);
      }
    }

    /** total(t) ± minimum·Σ of the activations of t: super-blocks take it away. */
    private void addMinimum(Activations x) {
      Op op = format.hasSuperBlocks() ? Op.VFNMADD231PS : Op.VFMADD231PS;
      for (int t = 0; t < x.tokens; t++) {
        r.withAll(op, x.total(t), quants, x.field(TiledInt8.SCALED_SUM, t), product);
      }
    }
  }
}
