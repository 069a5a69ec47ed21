package io.mvlm.kernels.codegen;

import io.mvlm.core.Nonlinearity;
import io.mvlm.kernels.codegen.x86.Op;
import io.mvlm.kernels.codegen.x86.Vec;
import java.util.function.Consumer;

/** The elementwise kernels. Rows may be the same place. */
final class PointwiseCode {
  /** Strips of a round where a strip is a few instructions. */
  private static final int TOGETHER = 4;

  private PointwiseCode() {}

  /** y = x + z */
  record Add() implements RowCode {
    @Override
    public Runnable prepare(Routine r, StripLoop loop) {
      return () -> combine(r, loop, Op.VADDPS);
    }
  }

  /** y = x·z */
  record Multiply() implements RowCode {
    @Override
    public Runnable prepare(Routine r, StripLoop loop) {
      return () -> combine(r, loop, Op.VMULPS);
    }
  }

  private static void combine(Routine r, StripLoop loop, Op op) {
    loop.write(RowCode.N, TOGETHER, s -> {
      Vec left = r.vec(2 * s.index());
      Vec right = r.vec(2 * s.index() + 1);
      s.load(left, RowCode.X);
      s.load(right, RowCode.Z);
      r.a.emit(op, left, left, right);
      s.store(RowCode.Y, left);
    });
  }

  /** y = x·p5 */
  record Scale() implements RowCode {
    @Override
    public Runnable prepare(Routine r, StripLoop loop) {
      Vec factor = r.vec(TOGETHER);
      RowCode.parameter(r, 5, factor);
      return () -> loop.write(N, TOGETHER, s -> {
        Vec value = r.vec(s.index());
        s.load(value, X);
        r.a.emit(Op.VMULPS, value, value, factor);
        s.store(Y, value);
      });
    }
  }

  /** y = f(x) */
  record Apply(Nonlinearity f) implements RowCode {
    @Override
    public Runnable prepare(Routine r, StripLoop loop) {
      Vec x = r.vec(0);
      Consumer<Vec> code = NonlinearCode.prepare(r, f);
      return () -> loop.write(N, 1, s -> {
        s.load(x, X);
        code.accept(x);
        s.store(Y, x);
      });
    }
  }

  /** y = silu(x)·z */
  record GatedSilu() implements RowCode {
    @Override
    public Runnable prepare(Routine r, StripLoop loop) {
      Vec gate = r.vec(0);
      Vec up = r.vec(NonlinearCode.FREE);
      Consumer<Vec> silu = NonlinearCode.prepare(r, Nonlinearity.SILU);
      return () -> loop.write(N, 1, s -> {
        s.load(gate, X);
        silu.accept(gate);
        s.load(up, Z);
        r.a.emit(Op.VMULPS, gate, gate, up);
        s.store(Y, gate);
      });
    }
  }
}
