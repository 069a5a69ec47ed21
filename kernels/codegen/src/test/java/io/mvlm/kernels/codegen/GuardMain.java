package io.mvlm.kernels.codegen;

import io.mvlm.core.Tensor;
import io.mvlm.kernels.cpu.Closeness;
import io.mvlm.kernels.cpu.RandomTensors;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** Every kernel of every tier on buffers between forbidden pages. Prints "done"; any other output is a failure. */
final class GuardMain {
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private final Tier tier;
  private final GuardedMemory memory;
  private final RandomTensors random;

  private GuardMain(Tier tier, GuardedMemory memory, long seed) {
    this.tier = tier;
    this.memory = memory;
    this.random = new RandomTensors(seed);
  }

  public static void main(String[] arguments) {
    for (Tier tier : Tiers.here()) {
      for (boolean atEnd : new boolean[] {true, false}) {
        for (int seed = 0; seed < 3; seed++) {
          try (GuardedMemory memory = new GuardedMemory(atEnd)) {
            new GuardMain(tier, memory, seed).all();
          }
        }
      }
    }
    System.out.println("done");
  }

  private void all() {
    for (BlockFormat format : BlockFormat.values()) {
      for (int tokens = 1; tokens <= QuantProduct.mostTokens(tier); tokens++) {
        quantProduct(format, tokens);
      }
    }
    for (FloatFormat format : FloatFormat.values()) {
      for (int tokens = 1; tokens <= FloatCode.FEW_TOKENS; tokens++) {
        direct(format, tokens);
      }
      for (int tokens = 1; tokens <= FloatCode.mostTokens(tier); tokens++) {
        panels(format, tokens);
      }
    }
  }

  private void quantProduct(BlockFormat format, int tokens) {
    int columns = format.type.blockLength() * random.between(1, 3);
    int groups = random.between(1, 3);
    int tiles = random.between(1, 3);
    int rows = groups * BlockFormat.ROWS;
    int blocks = columns / BlockFormat.COLUMNS;
    Tensor w = random.matrix(format.type, rows, columns, 0.01f);
    long weights = groupsOf(w, format.groupBytes(columns), Kernels.of(tier).packer(format), format.strides(columns));
    float[] values = random.floats(tiles * tokens * columns, 1);
    MemorySegment x = memory.allocate((long) tiles * tokens * blocks * TiledInt8.TOKEN_BLOCK);
    double[] rounded = new double[values.length];
    long tileBytes = (long) tokens * blocks * TiledInt8.TOKEN_BLOCK;
    for (int row = 0; row < tiles * tokens; row++) {
      MemorySegment source = memory.copyOf(Arrays.copyOfRange(values, row * columns, (row + 1) * columns));
      int t = row % tokens;
      long tile = row / tokens * tileBytes;
      Kernels.of(tier).quantize().call(0, source, x, 0, tile, tokens, t, blocks, 0);
      for (int k = 0; k < columns; k++) {
        long block = tile + (long) (k / 32) * tokens * TiledInt8.TOKEN_BLOCK;
        double step = x.get(FLOAT, block + TiledInt8.SCALE * tokens + 4L * t);
        rounded[row * columns + k] = step * x.get(ValueLayout.JAVA_BYTE, block + 32L * t + k % 32);
        if (Math.abs(rounded[row * columns + k] - values[row * columns + k]) > 0.501 * step) {
          throw new AssertionError(tier + ": " + values[row * columns + k] + " became " + rounded[row * columns + k] + ", step " + step);
        }
      }
    }
    MemorySegment y = memory.allocate(4L * tiles * tokens * rows);
    Kernels.of(tier).quantProducts(format)[tokens - 1].call(weights, x, y, 0, 0, 4L * rows, format.strides(columns), tiles, groups);
    check(format.name(), tokens, w, rounded, y);
  }

  private void direct(FloatFormat format, int tokens) {
    int columns = random.between(1, 70);
    int groups = random.between(1, 3);
    int rows = groups * BlockFormat.ROWS;
    Tensor w = random.matrix(format.type, rows, columns, 1);
    long weights = groupsOf(w, format.groupBytes(columns), Kernels.of(tier).packer(format), columns);
    float[] values = random.floats(tokens * columns, 1);
    MemorySegment y = memory.allocate(4L * tokens * rows);
    Kernels.of(tier).floatProducts(format).direct()[tokens - 1].call(weights, tiles(values, tokens, 1, columns), y, 0, 0, 4L * rows,
        FloatFormat.padded(columns), groups, 0);
    check(format + " direct", tokens, w, widened(values), y);
  }

  /** Two slices, so that sums are kept in between. */
  private void panels(FloatFormat format, int tokens) {
    int slice = FloatFormat.COLUMNS * random.between(1, 9);
    int columns = slice + random.between(1, 40);
    int panels = random.between(1, 3);
    int panelRows = FloatCode.panelRows(tier);
    int rows = panels * panelRows;
    int tiles = random.between(1, 3);
    Tensor w = random.matrix(format.type, rows, columns, 1);
    long weights = groupsOf(w, format.groupBytes(columns), Kernels.of(tier).packer(format), columns);
    float[] values = random.floats(tiles * tokens * columns, 1);
    MemorySegment x = tiles(values, tokens, tiles, columns);
    MemorySegment y = memory.allocate(4L * tiles * tokens * rows);
    MemorySegment sums = memory.allocate(4L * tiles * tokens * rows);
    int padded = FloatFormat.padded(columns);
    Kernels.FloatProducts products = Kernels.of(tier).floatProducts(format);
    for (int from = 0; from < padded; from += from == 0 ? slice : padded) {
      int count = from == 0 ? slice : padded - slice;
      MemorySegment panel = memory.allocate(4L * count * rows);
      for (int r = 0; r < rows; r += BlockFormat.ROWS) {
        products.unpack().call(weights + r / BlockFormat.ROWS * format.groupBytes(columns) + (long) from * format.columnBytes(),
            MemorySegment.NULL, panel, 0, 4L * (r / panelRows * panelRows * count + r % panelRows), 0, count, 0, 0);
      }
      products.panel()[tokens - 1].call(panel.address(), x, y, 4L * from * tokens, 0, 4L * rows, count, tiles, 4L * padded * tokens, panels,
          sums.address() - panel.address(), from == 0 ? FloatCode.FIRST_SLICE : FloatCode.LAST_SLICE);
    }
    check(format + " panels", tokens, w, widened(values), y);
  }

  private MemorySegment tiles(float[] values, int tokens, int tiles, int columns) {
    int padded = FloatFormat.padded(columns);
    MemorySegment x = memory.allocate(4L * tiles * tokens * padded);
    for (int row = 0; row < tiles * tokens; row++) {
      MemorySegment source = memory.copyOf(Arrays.copyOfRange(values, row * columns, (row + 1) * columns));
      Kernels.of(tier).scatter().call(0, source, x, 0, 4L * (row / tokens * tokens * padded + row % tokens), 4L * tokens, columns, 0, 0);
    }
    return x;
  }

  private long groupsOf(Tensor w, long groupBytes, Kernel packer, int units) {
    int groups = (int) w.shape().rows() / BlockFormat.ROWS;
    long fileBytes = w.byteSize() / groups;
    MemorySegment target = memory.allocate(groups * groupBytes);
    for (int g = 0; g < groups; g++) {
      MemorySegment file = memory.allocate(fileBytes);
      w.data().read(g * fileBytes, file);
      packer.call(file.address(), MemorySegment.NULL, target, fileBytes / BlockFormat.ROWS, g * groupBytes, units, 0, 0, 0);
    }
    return target.address();
  }

  private void check(String what, int tokens, Tensor w, double[] x, MemorySegment y) {
    int rows = (int) w.shape().rows();
    int columns = (int) w.shape().columns();
    float[] weights = w.toFloats();
    double[] expected = new double[x.length / columns * rows];
    double[] tolerances = new double[expected.length];
    for (int i = 0; i < expected.length; i++) {
      for (int k = 0; k < columns; k++) {
        double product = x[i / rows * columns + k] * weights[i % rows * columns + k];
        expected[i] += product;
        tolerances[i] += 1e-5 * Math.abs(product);
      }
    }
    Closeness.check(tier + ", " + what + ", tiles of " + tokens, expected, tolerances, y.toArray(FLOAT));
  }

  private static double[] widened(float[] values) {
    double[] wide = new double[values.length];
    Arrays.setAll(wide, i -> values[i]);
    return wide;
  }
}
