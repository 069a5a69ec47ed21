package io.mvlm.kernels.codegen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class ProcessorTest {
  @Test
  @EnabledOnOs(OS.LINUX)
  @EnabledIf("io.mvlm.kernels.codegen.Tiers#isX86")
  void agreesWithTheKernel() throws IOException {
    String line = Files.readAllLines(Path.of("/proc/cpuinfo")).stream().filter(l -> l.startsWith("flags")).findFirst().orElseThrow();
    List<String> flags = Arrays.asList(line.substring(line.indexOf(':') + 1).trim().split(" "));
    Processor here = Processor.detect();
    assertEquals(flags.containsAll(List.of("avx2", "fma", "f16c", "bmi2")), here.avx2());
    assertEquals(flags.contains("avx_vnni"), here.avxVnni());
    assertEquals(flags.containsAll(List.of("avx512f", "avx512bw", "avx512dq", "avx512vl")), here.avx512());
    assertEquals(flags.contains("avx512_vnni"), here.avx512Vnni());
    assertTrue(!here.amx() || flags.containsAll(List.of("amx_tile", "amx_bf16", "avx512_bf16")));
  }

  /** CPUID of a processor with everything, seen through an operating system that saves only some of the registers. */
  private static Processor everything(int xcr0) {
    return Processor.of((leaf, _) -> new int[] {leaf == 0 ? 7 : 0x7FFFFFFF, -1, -1, -1, xcr0});
  }

  @Test
  void needsTheOperatingSystem() {
    assertTrue(everything(0xE7).has(Tier.AVX512_VNNI));
    assertTrue(everything(0x600E7).has(Tier.AMX));
    assertFalse(everything(0xE7).has(Tier.AMX));
    assertFalse(everything(0x07).has(Tier.AVX512_VNNI));
    assertTrue(everything(0x07).has(Tier.AVX_VNNI));
    assertFalse(everything(0x03).has(Tier.AVX2));
    assertFalse(everything(0).has(Tier.AVX_VNNI));
  }

  @Test
  void anOldProcessorHasNoTier() {
    Processor old = Processor.of((_, _) -> new int[] {1, -1, -1, -1, -1});
    assertFalse(Arrays.stream(Tier.values()).anyMatch(old::has));
  }
}
