package io.mvlm.kernels.codegen;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.mvlm.kernels.codegen.x86.Assembler;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** The Windows form of every kernel computes what the System V form does, bit by bit, and gives back every register that it must. */
@EnabledIf("io.mvlm.kernels.codegen.Tiers#isX86WithSystemV")
class WindowsKernelsTest {
  private static final MethodHandle CALL = Linker.nativeLinker().downcallHandle(FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS,
      JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS));
  private static final int BYTES = 1 << 20;
  private static final int COLUMNS = 256;
  private static final int GROUPS = 2;
  private static final int TILES = 2;
  private static final int BYTE_BLOCKS = 4;
  /** Where the words of {@link #pointToRestsOfTiles} stand. */
  private static final int REST_WORDS = BYTES / 4;
  private static final int ROWS = 3;

  /** A kernel and the arguments that suit it; z is the memory of x, w that of weights. */
  private record Case(Routine.Generator generator, long... p) {}

  private static Case quantProduct(BlockFormat format, int tokens, int streams) {
    long groupBytes = format.groupBytes(COLUMNS) + format.stride();
    return new Case(new QuantProduct(format, tokens, streams), 64, 32, 64 * GROUPS * streams, format.strides(COLUMNS), GROUPS, groupBytes,
        tokens % 2, GROUPS * groupBytes, 64 * GROUPS);
  }

  private static List<Case> cases(Tier tier) {
    List<Case> cases = new ArrayList<>();
    for (BlockFormat format : BlockFormat.values()) {
      for (int tokens = 1; tokens <= QuantProduct.mostTokens(tier); tokens++) {
        cases.add(quantProduct(format, tokens, 1));
      }
      for (int tokens = 1; QuantProduct.streams(tier, tokens) > 1; tokens++) {
        cases.add(quantProduct(format, tokens, QuantProduct.streams(tier, tokens)));
      }
    }
    for (BlockFormat format : BlockFormat.values()) {
      cases.add(new Case(new PackCode.Blocks(format), format.type.byteSize(COLUMNS), 64, format.strides(COLUMNS), 0, 0, 0, 0, 0, 0));
    }
    for (FloatFormat format : FloatFormat.values()) {
      cases.add(new Case(new PackCode.Floats(format), format.type.byteSize(COLUMNS + 3), 64, COLUMNS + 3, 0, 0, 0, 0, 0, 0));
      for (int tokens = 1; tokens <= FloatCode.FEW_TOKENS; tokens++) {
        cases.add(new Case(new FloatCode.Direct(format, tokens), 64, 32, 64 * GROUPS, COLUMNS, GROUPS, 0, 0, 0, 0));
      }
      cases.add(new Case(new FloatCode.Unpack(format), 0, 64, 0, COLUMNS, 0, 0, 0, 0, 0));
    }
    for (int tokens = 1; tokens <= FloatCode.mostTokens(tier); tokens++) {
      for (int flags = 1; flags <= 3; flags++) {
        cases.add(new Case(new FloatCode.Panel(tokens), 64, 32, 512, COLUMNS, TILES, 4L * COLUMNS * tokens, 2, BYTES / 2, flags));
      }
    }
    cases.add(new Case(new FloatCode.Scatter(), 64, 32, 20, COLUMNS + 3, 0, 0, 0, 0, 0));
    if (tier.bits() == 512) {
      bytes(cases);
      words(cases);
    }
    if (tier.hasTiles()) {
      tiles(cases);
    }
    attention(tier, cases);
    for (RowKernel row : RowKernel.values()) {
      cases.add(new Case(row.code(), 77, 64, 32, 4096, 256, Float.floatToRawIntBits(77), Float.floatToRawIntBits(1e-5f),
          512 | 1024L << 32, 2048L << 32));
    }
    cases.add(new Case(new DepthwiseCode(), 77, 64, 32, 4096, 3, 2, 512, 1024, 77 * Float.BYTES));
    for (boolean keys : new boolean[] {true, false}) {
      cases.add(new Case(new StoreCode.Halves(keys), 64, 3, 4096, 23, 0, 0, 0, 0, 0));
      cases.add(new Case(new StoreCode.Positions(keys), 64, 3, 4096, 1024, 2, 0, 0, 0, 0));
    }
    cases.add(new Case(new StoreCode.Floats(), 64, 3, 8192, 23, 4096, 64, 0, 0, 0));
    cases.add(new Case(new Ceilings.Sum(), 4096, 32, 0, 0, 0, 0, 0, 0, 0));
    cases.add(new Case(new Ceilings.Peak(), 7, 0, 0, 0, 0, 0, 0, 0, 0));
    cases.add(new Case(new QuantizeCode.Rows(QuantProduct.SUMS), 64, 32, 5, 4L * COLUMNS, COLUMNS / 32, Float.floatToRawIntBits(0.25f),
        BYTES / 2, 0, 0));
    cases.add(new Case(new QuantizeCode.Rest(QuantProduct.SUMS), 64, 32, 4096, 8192, 3, 512, 0, 0, 0));
    return cases;
  }

  private static void bytes(List<Case> cases) {
    for (BlockFormat format : BlockFormat.values()) {
      cases.add(new Case(new BytePanelCode(format), 0, 64, format.strides(COLUMNS), 0, 0, 0, 0, 0, 0));
    }
    for (ByteProduct.Layout layout : ByteProduct.Layout.values()) {
      for (int tokens = ByteProduct.FEWEST_TOKENS; tokens <= IntegerPanels.MOST_TOKENS; tokens++) {
        for (int first : new int[] {0, 3}) {
          cases.add(new Case(new ByteProduct(layout, tokens), 64, 32, 128 * GROUPS, BYTE_BLOCKS, GROUPS, TILES, REST_WORDS, first, 7));
        }
      }
    }
  }

  private static void words(List<Case> cases) {
    cases.add(new Case(new WordCode.Rows(), 64, 128, 2048, 5, COLUMNS + 3, 0, 0, 0, 0));
    for (FloatFormat format : new FloatFormat[] {FloatFormat.F16, FloatFormat.BF16}) {
      cases.add(new Case(new WordCode.Weights(format), 0, 64, COLUMNS + 4, 0, 0, 0, 0, 0, 0));
    }
    for (int tokens = WordProduct.FEWEST_TOKENS; tokens <= IntegerPanels.MOST_TOKENS; tokens++) {
      for (int first : new int[] {0, 3}) {
        cases.add(new Case(new WordProduct(tokens), 64, 32, 128 * GROUPS, 4, GROUPS, TILES, 0, first, 7));
      }
    }
  }

  private static void tiles(List<Case> cases) {
    for (int parts = 1; parts <= 2; parts++) {
      cases.add(new Case(new SplitCode.Rows(parts), 64, 128, 2048, 5, COLUMNS + 3, 0, 0, 0, 0));
    }
    for (BlockFormat format : BlockFormat.values()) {
      cases.add(new Case(new SplitCode.Blocks(format), 0, 64, format.strides(COLUMNS), 0, 0, 0, 0, 0, 0));
    }
    for (FloatFormat format : new FloatFormat[] {FloatFormat.F16, FloatFormat.BF16}) {
      cases.add(new Case(new SplitCode.Floats(format), 0, 64, COLUMNS + 4, 0, 0, 0, 0, 0, 0));
    }
    for (int tokens = 1; tokens <= TileProduct.MOST_TOKENS; tokens++) {
      for (int flags = 1; flags <= 3; flags++) {
        for (int parts = 1; parts <= 2; parts++) {
          cases.add(new Case(new TileProduct(tokens, parts), 64, 32, 512, 3, TILES, 1, 4096, BYTES / 2, flags));
        }
      }
    }
  }

  private static void attention(Tier tier, List<Case> cases) {
    cases.add(new Case(new AttentionCode.Transpose(), 64, 32, 1024, 512, 21, 19, 4, 32, 0));
    cases.add(new Case(new AttentionCode.Tiles(), 64, 32, 1024, 4096, 21, 148, 0, 0, 0));
    cases.add(new Case(new AttentionCode.Rows(), 64, 32, 512, 1024, 21, 148, 0, 0, 0));
    cases.add(new Case(new AttentionCode.Finite(), 0, 32, 7, 0, 0, 0, 0, 0, 0));
    for (int vectors = 1; vectors <= AttentionCode.MOST_VECTORS; vectors++) {
      for (int factors : new int[] {0, 8192}) {
        cases.add(new Case(new AttentionCode.Product(vectors), 64, 32, 1024, 17, TILES, factors, 0, 0, 0));
      }
      for (int first = 0; first < 2; first++) {
        cases.add(new Case(new AttentionCode.Softmax(vectors, false), BYTES / 2, 17, first, 0, 0, 0, 0, 0, 0));
        cases.add(new Case(new AttentionCode.Softmax(vectors, true), BYTES / 2, 17, first, 5, 0, 0, 0, 0, 0));
      }
    }
    for (boolean half : new boolean[] {true, false}) {
      cases.add(new Case(new CacheCode.Unpack(half), 4096, 32, 1024, 8, 3, 0, 0, 0, 0));
      cases.add(new Case(new CacheCode.Scores(half), 64, 32, 33, 5, 0, 0, 0, 0, 0));
      for (int count = 1; count <= CacheCode.mostSums(tier); count++) {
        cases.add(new Case(new CacheCode.Sums(half, count), 64, 32, 512, 5, 0, 0, 0, 0, 0));
      }
    }
    cases.add(new Case(new CacheCode.Softmax(), 0, 32, 16, 0, 0, 0, 0, 0, 0));
  }

  @Test
  void sameResultsAndRegisters() throws Throwable {
    for (Tier tier : Tiers.here()) {
      for (Case c : cases(tier)) {
        byte[] expected = new byte[3 * BYTES];
        byte[] actual = new byte[3 * BYTES];
        run(code(tier, CallingConvention.SYSTEM_V, c), c, false, expected);
        run(code(tier, CallingConvention.WIN64, c), c, true, actual);
        assertArrayEquals(expected, actual, tier + ", " + c.generator());
      }
    }
  }

  private static byte[] code(Tier tier, CallingConvention convention, Case c) {
    Assembler a = new Assembler();
    Routine.write(a, tier, convention, List.of(c.generator()));
    return a.code();
  }

  /** Every other block of the tile has two rests, always the same ones, of the first and of the last token. */
  private static void pointToRests(MemorySegment x, int tokens) {
    int rest = BYTES / 2;
    x.set(ValueLayout.JAVA_INT_UNALIGNED, rest + TiledInt8.TOKEN, tokens - 1);
    x.set(ValueLayout.JAVA_INT_UNALIGNED, rest + TiledInt8.MORE, 1);
    x.set(ValueLayout.JAVA_INT_UNALIGNED, rest + TiledInt8.REST_BYTES + TiledInt8.TOKEN, 0);
    x.set(ValueLayout.JAVA_INT_UNALIGNED, rest + TiledInt8.REST_BYTES + TiledInt8.MORE, 0);
    x.set(ValueLayout.JAVA_INT_UNALIGNED, rest + TiledInt8.BLOCK, 5);
    x.set(ValueLayout.JAVA_INT_UNALIGNED, rest + TiledInt8.REST_BYTES + TiledInt8.BLOCK, 6);
    for (int block = 0; block < COLUMNS / BlockFormat.COLUMNS; block++) {
      int at = 64 + block * TiledInt8.TOKEN_BLOCK * tokens;
      x.set(ValueLayout.JAVA_INT_UNALIGNED, at + TiledInt8.RESTS * tokens, block % 2 * (rest - at));
    }
  }

  /** The first tile has none, the others those of {@link #pointToRests}, and two of all tokens. */
  private static void pointToRestsOfTiles(MemorySegment x, int tokens, long[] p) {
    int sharedBytes = tokens * TiledInt8.TOKEN_BLOCK + TiledInt8.BLOCK_NUMBER_BYTES;
    int shared = BYTES / 2 + 4096;
    x.set(ValueLayout.JAVA_INT_UNALIGNED, shared + sharedBytes - TiledInt8.BLOCK_NUMBER_BYTES, 4);
    x.set(ValueLayout.JAVA_INT_UNALIGNED, shared + 2 * sharedBytes - TiledInt8.BLOCK_NUMBER_BYTES, 3);
    for (int tile = 0; tile < TILES; tile++) {
      int count = tile == 0 ? 0 : 2;
      long first = p[6] + (long) TiledInt8.RESTS_WORDS * Integer.BYTES * tile * (p[8] + 1);
      long last = first + (long) TiledInt8.RESTS_WORDS * Integer.BYTES * p[3];
      x.set(ValueLayout.JAVA_INT_UNALIGNED, first, BYTES / 2 / Integer.BYTES);
      x.set(ValueLayout.JAVA_INT_UNALIGNED, last, (BYTES / 2 + count * TiledInt8.REST_BYTES) / Integer.BYTES);
      x.set(ValueLayout.JAVA_INT_UNALIGNED, last + Integer.BYTES, shared / Integer.BYTES);
      x.set(ValueLayout.JAVA_INT_UNALIGNED, first + Integer.BYTES, (shared + count * sharedBytes) / Integer.BYTES);
    }
  }

  /** @param result what the memory of weights and of x, of which parts are written to as well, and of y holds afterwards */
  private static void run(byte[] code, Case c, boolean windows, byte[] result) throws Throwable {
    Random random = new Random(1);
    try (ExecutableMemory kernel = ExecutableMemory.of(code); Arena arena = Arena.ofConfined()) {
      MemorySegment weights = random(arena, random);
      MemorySegment x = random(arena, random);
      switch (c.generator()) {
        case QuantProduct product -> pointToRests(x, product.tokens());
        case ByteProduct product -> {
          pointToRests(x, product.tokens());
          pointToRestsOfTiles(x, product.tokens(), c.p());
        }
        default -> { }
      }
      MemorySegment y = random(arena, random);
      long[] p = c.p();
      long a = c.generator() instanceof RowCode ? ROWS : weights.address();
      if (windows) {
        Assembler thunk = new Assembler();
        Win64Thunk.write(thunk, kernel.address(0).address());
        try (ExecutableMemory caller = ExecutableMemory.of(thunk.code())) {
          long lost = (long) CALL.invokeExact(caller.address(0), a, x, y, p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8],
              x, weights);
          assertEquals(0, lost, c.generator() + ": registers that did not come back");
        }
      } else {
        long _ = (long) CALL.invokeExact(kernel.address(0), a, x, y, p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], x,
            weights);
      }
      MemorySegment.copy(weights, JAVA_BYTE, 0, result, 0, BYTES);
      MemorySegment.copy(y, JAVA_BYTE, 0, result, BYTES, BYTES);
      MemorySegment.copy(x, JAVA_BYTE, 0, result, 2 * BYTES, BYTES);
    }
  }

  private static MemorySegment random(Arena arena, Random random) {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    MemorySegment segment = arena.allocate(BYTES, 64);
    MemorySegment.copy(bytes, 0, segment, JAVA_BYTE, 0, BYTES);
    return segment;
  }
}
