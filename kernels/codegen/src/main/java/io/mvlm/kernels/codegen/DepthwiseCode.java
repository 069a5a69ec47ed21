package io.mvlm.kernels.codegen;

import io.mvlm.kernels.codegen.x86.Assembler;
import io.mvlm.kernels.codegen.x86.Condition;
import io.mvlm.kernels.codegen.x86.Gpr;
import io.mvlm.kernels.codegen.x86.Label;
import io.mvlm.kernels.codegen.x86.Op;
import io.mvlm.kernels.codegen.x86.Vec;

/**
 * All channels of one pixel of a depthwise convolution: bias plus the sum of those taps, a rectangle of them, that meet the image.
 *
 * <p>kernel(x: image; y; z: taps {@code [9][channels]}; w: bias, or null; p0: channels, at least 1; p1: bytes from x to the pixel of the
 * first tap; p2: bytes from y to the pixel; p3: bytes from z to the first tap; p4: rows of taps, at least 1; p5: taps of a row, at least 1;
 * p6: bytes between pixels of x; p7: bytes from the pixel behind the last tap of a row to that of the next row's first; p8: the same among
 * taps)
 */
record DepthwiseCode() implements Routine.Generator {
  @Override
  public void write(Routine r) {
    Assembler a = r.a;
    Gpr channels = Gpr.RCX;
    Gpr firstPixel = Gpr.RSI;
    Gpr target = Gpr.RDX;
    Gpr firstTap = Gpr.R8;
    Gpr bias = Gpr.R9;
    Gpr pixelStep = Gpr.RDI;
    Gpr spare = Gpr.R11;
    Gpr pixel = Gpr.RBX;
    Gpr tap = Gpr.RBP;
    Gpr rows = Gpr.R12;
    Gpr columns = Gpr.R13;
    Gpr tapStep = Gpr.R14;
    Vec sum = r.vec(0);
    Vec value = r.vec(1);
    Vec factor = r.vec(2);
    r.enter(Gpr.RBX, Gpr.RBP, Gpr.R12, Gpr.R13, Gpr.R14);
    a.add(firstPixel, Gpr.R8);
    a.add(target, Gpr.R9);
    r.argumentZ(firstTap);
    r.argument(3, spare);
    a.add(firstTap, spare);
    r.argumentW(bias);
    r.argument(6, pixelStep);
    a.imul(tapStep, channels, Float.BYTES);
    new StripLoop(r, Gpr.RAX, Gpr.R10, spare, RowCode.LOOP_MASK).write(channels, 1, s -> {
      Label unbiased = new Label();
      r.zero(sum);
      a.test(bias, bias);
      a.jcc(Condition.EQUAL, unbiased);
      s.load(sum, bias);
      a.bind(unbiased);
      a.mov(pixel, firstPixel);
      a.mov(tap, firstTap);
      r.argument(4, rows);
      Label row = a.here();
      r.argument(5, columns);
      Label one = a.here();
      s.load(value, pixel);
      s.load(factor, tap);
      r.a.emit(Op.VFMADD231PS, sum, value, factor);
      a.add(pixel, pixelStep);
      a.add(tap, tapStep);
      a.dec(columns);
      a.jcc(Condition.NOT_EQUAL, one);
      r.argument(7, spare);
      a.add(pixel, spare);
      r.argument(8, spare);
      a.add(tap, spare);
      a.dec(rows);
      a.jcc(Condition.NOT_EQUAL, row);
      s.store(target, sum);
    });
    r.leave();
  }
}
