package io.mvlm.kernels.codegen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.kernels.codegen.x86.Assembler;
import io.mvlm.kernels.codegen.x86.Gpr;
import io.mvlm.kernels.codegen.x86.Mem;
import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledIf("io.mvlm.kernels.codegen.Tiers#isX86")
class ExecutableMemoryTest {
  private static final MethodHandle LONG_OF_LONG = Linker.nativeLinker().downcallHandle(FunctionDescriptor.of(ValueLayout.JAVA_LONG,
      ValueLayout.JAVA_LONG));

  private static byte[] addSeven() {
    Assembler a = new Assembler();
    a.lea(Gpr.RAX, Mem.at(CallingConvention.here() == CallingConvention.WIN64 ? Gpr.RCX : Gpr.RDI, 7));
    a.ret();
    return a.code();
  }

  @Test
  void runsWhatWasWritten() throws Throwable {
    try (ExecutableMemory memory = ExecutableMemory.of(addSeven())) {
      assertEquals(12, (long) LONG_OF_LONG.invokeExact(memory.address(0), 5L));
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void neverWritableAndExecutable() throws IOException {
    try (ExecutableMemory memory = ExecutableMemory.of(addSeven())) {
      String begin = Long.toHexString(memory.address(0).address()) + "-";
      List<String> lines = Files.readAllLines(Path.of("/proc/self/maps")).stream().filter(line -> line.startsWith(begin)).toList();
      assertEquals(1, lines.size());
      assertTrue(lines.getFirst().contains(" r-xp "), lines.getFirst());
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void tenThousandRoundsLeakNothing() throws Throwable {
    rounds(100);
    int before = maps();
    rounds(10_000);
    assertTrue(maps() - before < 100, before + " mappings before, " + maps() + " after");
  }

  private static void rounds(int count) throws Throwable {
    byte[] code = addSeven();
    for (int i = 0; i < count; i++) {
      try (ExecutableMemory memory = ExecutableMemory.of(code)) {
        assertEquals(i + 7, (long) LONG_OF_LONG.invokeExact(memory.address(0), (long) i));
      }
    }
  }

  private static int maps() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/maps")).size();
  }
}
