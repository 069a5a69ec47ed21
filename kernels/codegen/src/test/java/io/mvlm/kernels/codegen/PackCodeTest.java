package io.mvlm.kernels.codegen;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Generated packers put every bit where the plain ones do. */
@EnabledIf("io.mvlm.kernels.codegen.Tiers#isX86")
class PackCodeTest {
  private interface RowPacker {
    void pack(byte[] file, int at, byte[] group, int lane);
  }

  private final Random random = new Random(7);

  @ParameterizedTest
  @EnumSource
  void blocks(BlockFormat format) {
    for (Tier tier : Tiers.here()) {
      for (int strides = 1; strides <= 5; strides++) {
        int columns = format.type.blockLength() * strides;
        same(Kernels.of(tier).packer(format), strides, (int) format.type.byteSize(columns), (int) format.groupBytes(columns),
            (file, at, group, lane) -> PlainPacker.pack(format, file, at, columns, group, lane));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void floatsWithEveryTail(FloatFormat format) {
    for (Tier tier : Tiers.here()) {
      for (int n = 1; n <= 35; n++) {
        int columns = n;
        same(Kernels.of(tier).packer(format), columns, columns * format.size, (int) format.groupBytes(columns),
            (file, at, group, lane) -> PlainPacker.pack(format, file, at, columns, group, lane));
      }
    }
  }

  private void same(Kernel kernel, int units, int rowBytes, int groupBytes, RowPacker plain) {
    byte[] file = new byte[BlockFormat.ROWS * rowBytes];
    random.nextBytes(file);
    byte[] expected = new byte[64 + groupBytes];
    byte[] group = new byte[groupBytes];
    for (int lane = 0; lane < BlockFormat.ROWS; lane++) {
      plain.pack(file, lane * rowBytes, group, lane);
    }
    System.arraycopy(group, 0, expected, 64, groupBytes);
    byte[] actual = new byte[64 + groupBytes];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment rows = arena.allocate(file.length, 64);
      MemorySegment.copy(file, 0, rows, ValueLayout.JAVA_BYTE, 0, file.length);
      kernel.call(rows.address(), MemorySegment.NULL, MemorySegment.ofArray(actual), rowBytes, 64, units, 0, 0, 0);
    }
    assertArrayEquals(expected, actual);
  }
}
