package io.mvlm.kernels.codegen;

import io.mvlm.kernels.codegen.x86.Assembler;
import io.mvlm.kernels.codegen.x86.Condition;
import io.mvlm.kernels.codegen.x86.Gpr;
import io.mvlm.kernels.codegen.x86.Label;
import io.mvlm.kernels.codegen.x86.Mem;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * What the processor can do and the operating system lets it do: CPUID and XGETBV, asked by generated code (Intel's manual, volume 2, "CPUID").
 *
 * @param avx2 with FMA, F16C and BMI2, which all processors with AVX2 in use have as well
 * @param avx512 the foundation with the byte, word, doubleword and shorter-vector extensions
 * @param amx tiles with products of bfloat16, and vectors of it
 */
record Processor(boolean avx2, boolean avxVnni, boolean avx512, boolean avx512Vnni, boolean amx) {
  private static final int XMM_AND_YMM = 0x06;
  private static final int OPMASK_AND_ZMM = 0xE0;
  private static final int TILES = 0x60000;

  /** Whether all instructions of a tier work. */
  boolean has(Tier tier) {
    return switch (tier) {
      case AMX -> amx && has(Tier.AVX512_VNNI);
      case AVX512_VNNI -> avx2 && avx512 && avx512Vnni;
      case AVX_VNNI -> avx2 && avxVnni;
      case AVX2 -> avx2;
    };
  }

  /** Asks the processor that runs this. @throws io.mvlm.core.BackendUnavailableException where no code can be made */
  @SuppressWarnings("restricted")
  static Processor detect() {
    try (ExecutableMemory memory = ExecutableMemory.of(question(CallingConvention.here())); Arena arena = Arena.ofConfined()) {
      MethodHandle ask = Linker.nativeLinker().downcallHandle(memory.address(0),
          FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS));
      MemorySegment answer = arena.allocate(5 * Integer.BYTES);
      Query cpuid = (leaf, subleaf) -> {
        try {
          ask.invokeExact((long) leaf, (long) subleaf, answer);
        } catch (Throwable e) {
          throw new IllegalStateException("CPUID failed", e);
        }
        return answer.toArray(ValueLayout.JAVA_INT);
      };
      Processor processor = of(cpuid);
      return processor.amx && !TilePermission.granted() ? processor.withoutTiles() : processor;
    }
  }

  private Processor withoutTiles() {
    return new Processor(avx2, avxVnni, avx512, avx512Vnni, false);
  }

  /** eax, ebx, ecx, edx of CPUID, then the lower half of XCR0, or zero where XGETBV is not enabled. */
  interface Query {
    int[] ask(int leaf, int subleaf);
  }

  static Processor of(Query cpuid) {
    int leaves = cpuid.ask(0, 0)[0];
    if (leaves < 7) {
      return new Processor(false, false, false, false, false);
    }
    int[] one = cpuid.ask(1, 0);
    int[] seven = cpuid.ask(7, 0);
    int more = seven[0] >= 1 ? cpuid.ask(7, 1)[0] : 0;
    boolean ymm = (one[4] & XMM_AND_YMM) == XMM_AND_YMM;
    boolean zmm = ymm && (one[4] & OPMASK_AND_ZMM) == OPMASK_AND_ZMM;
    boolean avx2 = ymm && bit(one[2], 12) && bit(one[2], 28) && bit(one[2], 29) && bit(seven[1], 5) && bit(seven[1], 8);
    boolean avx512 = zmm && bit(seven[1], 16) && bit(seven[1], 17) && bit(seven[1], 30) && bit(seven[1], 31);
    boolean amx = (one[4] & TILES) == TILES && bit(seven[3], 22) && bit(seven[3], 24) && bit(more, 5);
    return new Processor(avx2, ymm && bit(more, 4), avx512, zmm && bit(seven[2], 11), amx);
  }

  private static boolean bit(int word, int index) {
    return (word >> index & 1) != 0;
  }

  /** void question(leaf, subleaf, int[5] answer) */
  private static byte[] question(CallingConvention convention) {
    Assembler a = new Assembler();
    // Plain moves instead of the convention's entry, which saves vector registers with AVX: nobody knows yet whether that exists.
    Gpr answer = convention == CallingConvention.WIN64 ? Gpr.R8 : Gpr.RDX;
    a.push(Gpr.RBX);
    a.mov(Gpr.R10, answer);
    a.mov(Gpr.R11, convention == CallingConvention.WIN64 ? Gpr.RDX : Gpr.RSI);
    a.mov(Gpr.RAX, convention == CallingConvention.WIN64 ? Gpr.RCX : Gpr.RDI);
    a.mov(Gpr.RCX, Gpr.R11);
    a.cpuid();
    a.mov32(Mem.at(Gpr.R10, 0), Gpr.RAX);
    a.mov32(Mem.at(Gpr.R10, 4), Gpr.RBX);
    a.mov32(Mem.at(Gpr.R10, 8), Gpr.RCX);
    a.mov32(Mem.at(Gpr.R10, 12), Gpr.RDX);
    // XGETBV may be used if leaf 1 says so in bit 27 of ecx (OSXSAVE); asked in every call, used in that of leaf 1.
    a.mov(Gpr.RAX, 1);
    a.mov(Gpr.RCX, 0);
    a.cpuid();
    a.mov(Gpr.R11, 1L << 27);
    a.mov(Gpr.RAX, 0);
    a.and(Gpr.RCX, Gpr.R11);
    Label end = new Label();
    a.jcc(Condition.EQUAL, end);
    a.mov(Gpr.RCX, 0);
    a.xgetbv();
    a.bind(end);
    a.mov32(Mem.at(Gpr.R10, 16), Gpr.RAX);
    a.pop(Gpr.RBX);
    a.ret();
    return a.code();
  }
}
