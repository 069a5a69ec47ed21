package io.mvlm.kernels.codegen;

import io.mvlm.kernels.codegen.x86.Assembler;
import io.mvlm.kernels.codegen.x86.Condition;
import io.mvlm.kernels.codegen.x86.Gpr;
import io.mvlm.kernels.codegen.x86.Label;
import io.mvlm.kernels.codegen.x86.Mem;
import io.mvlm.kernels.codegen.x86.Op;
import io.mvlm.kernels.codegen.x86.Vec;

/**
 * Calls a kernel of the Windows convention from a System V caller with the fourteen arguments of {@link Kernel#call}, and counts the registers
 * that such a kernel must give back and did not.
 */
final class Win64Thunk {
  private static final Gpr[] OWN = {Gpr.RBX, Gpr.RBP, Gpr.R12, Gpr.R13, Gpr.R14, Gpr.R15};
  private static final Gpr[] KEPT = {Gpr.RBX, Gpr.RBP, Gpr.RDI, Gpr.RSI, Gpr.R12, Gpr.R13, Gpr.R14, Gpr.R15};
  private static final int SHADOW = 32;
  /** Shadow space and ten arguments; eight bytes more keep the stack aligned to 16. */
  private static final int FRAME = SHADOW + 8 * 10 + 8;
  private static final int MARK = 0x5A5A00;

  private Win64Thunk() {}

  /** long thunk(a, x, y, p0 … p8, z, w), which calls the function at {@code target}. */
  static void write(Assembler a, long target) {
    for (Gpr r : OWN) {
      a.push(r);
    }
    a.sub(Gpr.RSP, FRAME);
    a.mov(Mem.at(Gpr.RSP, SHADOW), Gpr.R8);
    a.mov(Mem.at(Gpr.RSP, SHADOW + 8), Gpr.R9);
    for (int i = 0; i < 8; i++) {
      a.mov(Gpr.RAX, Mem.at(Gpr.RSP, FRAME + 8 * OWN.length + 8 + 8 * i));
      a.mov(Mem.at(Gpr.RSP, SHADOW + 16 + 8 * i), Gpr.RAX);
    }
    a.mov(Gpr.R9, Gpr.RCX);
    a.mov(Gpr.R8, Gpr.RDX);
    a.mov(Gpr.RDX, Gpr.RSI);
    a.mov(Gpr.RCX, Gpr.RDI);
    for (Gpr r : KEPT) {
      a.mov(r, MARK + r.ordinal());
    }
    for (int i = 6; i < 16; i++) {
      a.mov(Gpr.RAX, MARK + 16 + i);
      a.emit(Op.VMOVQ, Vec.xmm(i), Gpr.RAX);
      a.emit(Op.VPSHUFD, Vec.xmm(i), Vec.xmm(i), 0x44);
    }
    a.mov(Gpr.RAX, target);
    a.call(Gpr.RAX);
    a.mov(Gpr.RAX, 0);
    for (Gpr r : KEPT) {
      count(a, r, MARK + r.ordinal());
    }
    for (int i = 6; i < 16; i++) {
      for (int order : new int[] {0x44, 0xEE}) {
        a.emit(Op.VPSHUFD, Vec.xmm(0), Vec.xmm(i), order);
        a.emit(Op.VMOVQ, Gpr.R10, Vec.xmm(0));
        count(a, Gpr.R10, MARK + 16 + i);
      }
    }
    a.add(Gpr.RSP, FRAME);
    for (int i = OWN.length - 1; i >= 0; i--) {
      a.pop(OWN[i]);
    }
    a.ret();
  }

  private static void count(Assembler a, Gpr r, int expected) {
    Label same = new Label();
    a.cmp(r, expected);
    a.jcc(Condition.EQUAL, same);
    a.add(Gpr.RAX, 1);
    a.bind(same);
  }
}
