package io.mvlm.kernels.codegen;

import io.mvlm.kernels.codegen.x86.Assembler;
import io.mvlm.kernels.codegen.x86.Gpr;
import io.mvlm.kernels.codegen.x86.Mem;
import io.mvlm.kernels.codegen.x86.Op;
import io.mvlm.kernels.codegen.x86.Vec;
import java.util.Locale;

/**
 * How compiled code calls a function. Kernels are written once: between {@link #enter} and {@link #leave} the first six arguments, integers or
 * addresses, are in {@link #ARGUMENTS}, further ones come from {@link #argument}, rax, r10, r11 and all vector registers are free, and what else
 * a kernel wants to change it names on entering.
 */
enum CallingConvention {
  /** Linux and macOS. */
  SYSTEM_V,
  /** Windows: four arguments in registers, rdi, rsi and the lower halves of xmm6 to xmm15 belong to the caller. */
  WIN64;

  /** Registers of the first six arguments within a kernel. */
  static final Gpr[] ARGUMENTS = {Gpr.RDI, Gpr.RSI, Gpr.RDX, Gpr.RCX, Gpr.R8, Gpr.R9};

  private static final int FIRST_SAVED_VECTOR = 6;
  private static final int SAVED_VECTORS = 10;
  /** Space that a Windows caller leaves for the callee above the return address. */
  private static final int SHADOW = 32;

  static CallingConvention here() {
    return System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows") ? WIN64 : SYSTEM_V;
  }

  /** @param saved of rbx, rbp, r12 to r15 those that the kernel changes */
  void enter(Assembler a, Gpr... saved) {
    for (Gpr r : saved) {
      a.push(r);
    }
    if (this == WIN64) {
      a.push(Gpr.RDI);
      a.push(Gpr.RSI);
      a.sub(Gpr.RSP, 16 * SAVED_VECTORS);
      for (int i = 0; i < SAVED_VECTORS; i++) {
        a.emit(Op.VMOVUPS, Mem.at(Gpr.RSP, 16 * i), Vec.xmm(FIRST_SAVED_VECTOR + i));
      }
      a.mov(Gpr.RDI, Gpr.RCX);
      a.mov(Gpr.RSI, Gpr.RDX);
      a.mov(Gpr.RDX, Gpr.R8);
      a.mov(Gpr.RCX, Gpr.R9);
      argument(a, 4, Gpr.R8, saved);
      argument(a, 5, Gpr.R9, saved);
    }
  }

  /**
   * Loads an argument that came on the stack.
   *
   * @param index from 6 on
   * @param saved as given to {@link #enter}
   */
  void argument(Assembler a, int index, Gpr to, Gpr... saved) {
    int pushed = 8 * saved.length + 8;
    a.mov(to, Mem.at(Gpr.RSP, switch (this) {
      case SYSTEM_V -> pushed + 8 * (index - 6);
      case WIN64 -> pushed + 16 + 16 * SAVED_VECTORS + SHADOW + 8 * (index - 4);
    }));
  }

  /** Gives everything back and returns. @param saved as given to {@link #enter} */
  void leave(Assembler a, Gpr... saved) {
    a.vzeroupper();
    if (this == WIN64) {
      for (int i = 0; i < SAVED_VECTORS; i++) {
        a.emit(Op.VMOVUPS, Vec.xmm(FIRST_SAVED_VECTOR + i), Mem.at(Gpr.RSP, 16 * i));
      }
      a.add(Gpr.RSP, 16 * SAVED_VECTORS);
      a.pop(Gpr.RSI);
      a.pop(Gpr.RDI);
    }
    for (int i = saved.length - 1; i >= 0; i--) {
      a.pop(saved[i]);
    }
    a.ret();
  }
}
