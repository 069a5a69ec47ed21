package io.mvlm.kernels.codegen;

import io.mvlm.kernels.codegen.x86.Assembler;
import io.mvlm.kernels.codegen.x86.Condition;
import io.mvlm.kernels.codegen.x86.Gpr;
import io.mvlm.kernels.codegen.x86.Label;
import io.mvlm.kernels.codegen.x86.Mem;
import io.mvlm.kernels.codegen.x86.Op;
import io.mvlm.kernels.codegen.x86.Vec;
import java.util.stream.IntStream;

/**
 * The kernels that turn pairs (a, b) to (a·cos − b·sin, a·sin + b·cos) where they stand; x holds the cosines and z the sines of a row's
 * pairs, which p0 counts.
 */
final class RotationCode {
  private RotationCode() {}

  /** Pairs (y[i], w[i]). */
  record Halves() implements RowCode {
    @Override
    public Runnable prepare(Routine r, StripLoop loop) {
      Vec first = r.vec(0);
      Vec second = r.vec(1);
      Vec cos = r.vec(2);
      Vec sin = r.vec(3);
      Vec result = r.vec(4);
      return () -> loop.write(N, 1, s -> {
        s.load(first, Y);
        s.load(second, W);
        s.load(cos, X);
        s.load(sin, Z);
        r.a.emit(Op.VMULPS, result, first, cos);
        r.a.emit(Op.VFNMADD231PS, result, second, sin);
        s.store(Y, result);
        r.a.emit(Op.VMULPS, result, first, sin);
        r.a.emit(Op.VFMADD231PS, result, second, cos);
        s.store(W, result);
      });
    }
  }

  /** Pairs (y[2i], y[2i + 1]). What is left behind whole vectors, nothing in the usual models, is done pair by pair. */
  record Adjacent() implements RowCode {
    @Override
    public Runnable prepare(Routine r, StripLoop loop) {
      Assembler a = r.a;
      int lanes = r.tier.lanes();
      Vec cos = r.vec(0);
      Vec sin = r.vec(1);
      Vec twice = r.vec(2);
      Vec value = r.vec(3);
      Vec swapped = r.vec(4);
      Vec signs = r.vec(5);
      Vec[] order = {r.vec(6), r.vec(7)};
      r.load(signs, r.constant(IntStream.range(0, lanes).map(i -> i % 2 == 0 ? 0x80000000 : 0).toArray()));
      for (int half = 0; half < 2; half++) {
        int from = half * lanes;
        r.load(order[half], r.constant(IntStream.range(from, from + lanes).map(i -> i / 2).toArray()));
      }
      return () -> {
        loop.begin(N);
        loop.whole(1, s -> {
          s.load(cos, X);
          s.load(sin, Z);
          for (int half = 0; half < 2; half++) {
            Mem place = pair(half * r.tier.bits() / 8);
            r.load(value, place);
            a.emit(Op.VPSHUFD, swapped, value, 0xB1);
            a.emit(Op.VPERMPS, twice, order[half], sin);
            a.emit(Op.VPXOR, twice, twice, signs);
            a.emit(Op.VMULPS, swapped, swapped, twice);
            a.emit(Op.VPERMPS, twice, order[half], cos);
            a.emit(Op.VFMADD213PS, value, twice, swapped);
            r.store(place, value);
          }
        });
        Label end = new Label();
        a.test(LEFT, LEFT);
        a.jcc(Condition.EQUAL, end);
        Label top = a.here();
        one(a);
        a.add(AT, Float.BYTES);
        a.dec(LEFT);
        a.jcc(Condition.NOT_EQUAL, top);
        a.bind(end);
      };
    }

    private static void one(Assembler a) {
      Vec first = Vec.xmm(0);
      Vec second = Vec.xmm(1);
      Vec cos = Vec.xmm(2);
      Vec sin = Vec.xmm(3);
      Vec result = Vec.xmm(4);
      a.emit(Op.VMOVSS, first, pair(0));
      a.emit(Op.VMOVSS, second, pair(Float.BYTES));
      a.emit(Op.VMOVSS, cos, Mem.at(X, AT, 1, 0));
      a.emit(Op.VMOVSS, sin, Mem.at(Z, AT, 1, 0));
      a.emit(Op.VMULSS, result, first, cos);
      a.emit(Op.VFNMADD231SS, result, second, sin);
      a.emit(Op.VMOVSS, pair(0), result);
      a.emit(Op.VMULSS, result, first, sin);
      a.emit(Op.VFMADD231SS, result, second, cos);
      a.emit(Op.VMOVSS, pair(Float.BYTES), result);
    }

    private static Mem pair(int displacement) {
      return Mem.at(Y, AT, 2, displacement);
    }
  }
}
