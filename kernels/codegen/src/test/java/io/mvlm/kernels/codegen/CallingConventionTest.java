package io.mvlm.kernels.codegen;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.mvlm.kernels.codegen.x86.Assembler;
import io.mvlm.kernels.codegen.x86.Gpr;
import io.mvlm.kernels.codegen.x86.Mem;
import io.mvlm.kernels.codegen.x86.Vec;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** Arguments arrive in both conventions, and registers come back. The Windows form is called through {@link Win64Thunk}. */
class CallingConventionTest {
  private static final MethodHandle CALL = Linker.nativeLinker().downcallHandle(FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS,
      JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS),
      Linker.Option.critical(true));

  private static final Gpr[] SAVED = {Gpr.RBX, Gpr.RBP, Gpr.R12, Gpr.R13, Gpr.R14, Gpr.R15};

  /** y = {a, x[0], p0 … p8, z[0], w[0]}, and everything that may be overwritten is. */
  private static void echo(Routine r, Gpr... saved) {
    r.enter(saved);
    Assembler a = r.a;
    a.mov(Mem.at(Gpr.RDX, 0), Gpr.RDI);
    a.mov(Gpr.RAX, Mem.at(Gpr.RSI));
    a.mov(Mem.at(Gpr.RDX, 8), Gpr.RAX);
    a.mov(Mem.at(Gpr.RDX, 16), Gpr.RCX);
    a.mov(Mem.at(Gpr.RDX, 24), Gpr.R8);
    a.mov(Mem.at(Gpr.RDX, 32), Gpr.R9);
    for (int p = 3; p < 9; p++) {
      r.argument(p, Gpr.R11);
      a.mov(Mem.at(Gpr.RDX, 16 + 8 * p), Gpr.R11);
    }
    r.argumentZ(Gpr.R11);
    a.mov(Gpr.RAX, Mem.at(Gpr.R11));
    a.mov(Mem.at(Gpr.RDX, 88), Gpr.RAX);
    r.argumentW(Gpr.R11);
    a.mov(Gpr.RAX, Mem.at(Gpr.R11));
    a.mov(Mem.at(Gpr.RDX, 96), Gpr.RAX);
    for (Gpr other : new Gpr[] {Gpr.RAX, Gpr.RCX, Gpr.RDX, Gpr.RDI, Gpr.RSI, Gpr.R8, Gpr.R9, Gpr.R10, Gpr.R11}) {
      a.mov(other, -1);
    }
    for (Gpr other : saved) {
      a.mov(other, -1);
    }
    for (int i = 0; i < 16; i++) {
      r.zero(Vec.ymm(i));
    }
    r.leave();
  }

  private static MemorySegment array(long value) {
    return MemorySegment.ofArray(new long[] {value});
  }

  @Test
  @EnabledIf("io.mvlm.kernels.codegen.Tiers#isX86")
  void here() {
    for (int n = 0; n <= SAVED.length; n++) {
      Gpr[] saved = Arrays.copyOf(SAVED, n);
      Kernel kernel = Routine.assemble(Tier.AVX2, List.of(r -> echo(r, saved)))[0];
      long[] y = new long[13];
      kernel.call(1, array(2), MemorySegment.ofArray(y), 3, 4, 5, 6, 7, 8, 9, 10, 11, array(12), array(13));
      assertArrayEquals(new long[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}, y);
    }
  }

  @Test
  @EnabledIf("io.mvlm.kernels.codegen.Tiers#isX86WithSystemV")
  void windows() throws Throwable {
    for (int n = 0; n <= SAVED.length; n++) {
      Gpr[] saved = Arrays.copyOf(SAVED, n);
      Assembler a = new Assembler();
      Routine.write(a, Tier.AVX2, CallingConvention.WIN64, List.of(r -> echo(r, saved)));
      try (ExecutableMemory kernel = ExecutableMemory.of(a.code())) {
        Assembler thunk = new Assembler();
        Win64Thunk.write(thunk, kernel.address(0).address());
        try (ExecutableMemory code = ExecutableMemory.of(thunk.code())) {
          long[] y = new long[13];
          long lost = (long) CALL.invokeExact(code.address(0), 1L, array(2), MemorySegment.ofArray(y), 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L,
              array(12), array(13));
          assertArrayEquals(new long[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}, y);
          assertEquals(0, lost, "registers that did not come back");
        }
      }
    }
  }
}
