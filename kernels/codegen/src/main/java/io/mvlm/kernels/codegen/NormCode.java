package io.mvlm.kernels.codegen;

import io.mvlm.kernels.codegen.x86.Op;
import io.mvlm.kernels.codegen.x86.Vec;

/**
 * The kernels of norms. Sums are 32-bit floats, {@link #SUMS} vectors of them: each lane adds up so few values that the error stays that of
 * its own rounding.
 */
final class NormCode {
  /** Additions take as many cycles as there are sums, each begun while the others run. */
  private static final int SUMS = 4;

  private NormCode() {}

  /** y = x/√(mean of x² + p6)·z; p5 is the number of values. */
  record Rms() implements RowCode {
    @Override
    public Runnable prepare(Routine r, StripLoop loop) {
      Vec value = r.vec(SUMS);
      Vec gain = r.vec(SUMS + 1);
      Vec spare = r.vec(SUMS + 2);
      return () -> {
        Vec inverse = sum(r, spare, () -> loop.write(N, SUMS, s -> {
          s.load(value, X);
          r.a.emit(Op.VFMADD231PS, r.vec(s.index()), value, value);
        }));
        invertRoot(r, inverse, value, spare);
        loop.write(N, 1, s -> {
          s.load(value, X);
          s.load(gain, Z);
          r.a.emit(Op.VMULPS, value, value, inverse);
          r.a.emit(Op.VMULPS, value, value, gain);
          s.store(Y, value);
        });
      };
    }
  }

  /** y = (x − mean)/√(mean of (x − mean)² + p6)·z + w; p5 is the number of values. */
  record Layer() implements RowCode {
    @Override
    public Runnable prepare(Routine r, StripLoop loop) {
      Vec value = r.vec(SUMS);
      Vec gain = r.vec(SUMS + 1);
      Vec bias = r.vec(SUMS + 2);
      Vec mean = r.vec(SUMS + 3);
      return () -> {
        Vec sum = sum(r, value, () -> loop.write(N, SUMS, s -> {
          s.load(value, X);
          r.a.emit(Op.VADDPS, r.vec(s.index()), r.vec(s.index()), value);
        }));
        RowCode.parameter(r, 5, value);
        r.a.emit(Op.VDIVPS, mean, sum, value);
        Vec inverse = sum(r, value, () -> loop.write(N, SUMS, s -> {
          s.load(value, X);
          r.a.emit(Op.VSUBPS, value, value, mean);
          s.clear(value);
          r.a.emit(Op.VFMADD231PS, r.vec(s.index()), value, value);
        }));
        invertRoot(r, inverse, value, gain);
        loop.write(N, 1, s -> {
          s.load(value, X);
          s.load(gain, Z);
          s.load(bias, W);
          r.a.emit(Op.VSUBPS, value, value, mean);
          r.a.emit(Op.VMULPS, value, value, inverse);
          r.a.emit(Op.VFMADD213PS, value, gain, bias);
          s.store(Y, value);
        });
      };
    }
  }

  /** @param loop adds to the vectors 0 to {@link #SUMS} − 1 @return vector 0, where all lanes hold the sum of all */
  private static Vec sum(Routine r, Vec spare, Runnable loop) {
    for (int i = 0; i < SUMS; i++) {
      r.zero(r.vec(i));
    }
    loop.run();
    for (int step = SUMS / 2; step > 0; step /= 2) {
      for (int i = 0; i < step; i++) {
        r.a.emit(Op.VADDPS, r.vec(i), r.vec(i), r.vec(i + step));
      }
    }
    r.sumLanes(r.vec(0), spare);
    return r.vec(0);
  }

  /** sum = 1/√(sum/p5 + p6) */
  private static void invertRoot(Routine r, Vec sum, Vec value, Vec spare) {
    RowCode.parameter(r, 5, value);
    r.a.emit(Op.VDIVPS, sum, sum, value);
    RowCode.parameter(r, 6, value);
    r.a.emit(Op.VADDPS, sum, sum, value);
    r.a.emit(Op.VSQRTPS, sum, sum);
    r.setAll(spare, 1f);
    r.a.emit(Op.VDIVPS, sum, spare, sum);
  }
}
