package io.mvlm.kernels.codegen;

import io.mvlm.core.Nonlinearity;
import io.mvlm.core.Tensor;
import io.mvlm.kernels.cpu.Closeness;
import io.mvlm.kernels.cpu.CpuActivation;
import io.mvlm.kernels.cpu.CpuKernels;
import io.mvlm.kernels.cpu.RandomTensors;
import io.mvlm.kernels.cpu.ScalarKernels;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.stream.IntStream;

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
    for (RowKernel kernel : RowKernel.values()) {
      row(kernel);
    }
    for (boolean either : new boolean[] {true, false}) {
      store(either);
      storePositions(either);
    }
    depthwise();
    ceilings();
    for (BlockFormat format : BlockFormat.values()) {
      for (int tokens = 1; tokens <= QuantProduct.mostTokens(tier); tokens++) {
        quantProduct(format, tokens, 1);
      }
      for (int tokens = 1; QuantProduct.streams(tier, tokens) > 1; tokens++) {
        quantProduct(format, tokens, QuantProduct.streams(tier, tokens));
      }
      for (int tokens = ByteProduct.FEWEST_TOKENS; tokens <= IntegerPanels.MOST_TOKENS && tier.bits() == 512; tokens++) {
        byteProduct(format, tokens);
      }
    }
    for (FloatFormat format : FloatFormat.values()) {
      for (int tokens = 1; tokens <= FloatCode.FEW_TOKENS; tokens++) {
        direct(format, tokens);
      }
      for (int tokens = 1; tokens <= FloatCode.mostTokens(tier); tokens++) {
        panels(format, tokens);
      }
      boolean words = tier.bits() == 512 && format != FloatFormat.F32;
      for (int tokens = WordProduct.FEWEST_TOKENS; tokens <= IntegerPanels.MOST_TOKENS && words; tokens++) {
        wordProduct(format, tokens);
      }
    }
    if (tier.hasTiles()) {
      for (int tokens = 1; tokens <= TileProduct.MOST_TOKENS; tokens++) {
        for (BlockFormat format : BlockFormat.values()) {
          tileProduct(format, tokens);
        }
        tileProduct(FloatFormat.F16, tokens);
        tileProduct(FloatFormat.BF16, tokens);
      }
    }
    transpose();
    tiles();
    rows();
    finite();
    for (int vectors = 1; vectors <= AttentionCode.MOST_VECTORS; vectors++) {
      product(vectors);
      softmax(vectors, false);
      softmax(vectors, true);
    }
    rowSoftmax();
    for (boolean half : new boolean[] {true, false}) {
      unpack(half);
      scores(half);
      for (int count = 1; count <= CacheCode.mostSums(tier); count++) {
        sums(half, count);
      }
    }
  }

  /** Each matrix in a buffer of its own, between whose rows there may be gaps. */
  private void row(RowKernel kernel) {
    int n = random.between(1, 70);
    int rows = random.between(1, 4);
    CpuActivation x = matrix(rows, n, random.between(0, 3));
    CpuActivation y = matrix(rows, kernel == RowKernel.ROTATE_ADJACENT ? 2 * n : n, random.between(0, 3));
    CpuActivation z = random.yes() ? matrix(rows, n, random.between(0, 3)) : new CpuActivation(random.floats(n, 2), 0, rows, n, 0);
    CpuActivation w = matrix(rows, n, random.between(0, 3));
    MemorySegment yGuarded = memory.copyOf(y.data());
    MemorySegment wGuarded = memory.copyOf(w.data());
    float p5 = kernel == RowKernel.SCALE ? 0.7f : n;
    Kernels.of(tier).of(kernel).call(rows, memory.copyOf(x.data()), yGuarded, n, 0, 0, 0, 0, Float.floatToRawIntBits(p5),
        Float.floatToRawIntBits(1e-5f), 4L * x.stride() | 4L * y.stride() << 32, 4L * z.stride() | 4L * w.stride() << 32,
        memory.copyOf(z.data()), wGuarded);
    ScalarKernels scalar = new ScalarKernels();
    for (int r = 0; r < rows; r++) {
      float[] values = Arrays.copyOfRange(x.data(), x.row(r), x.row(r) + n);
      float[] second = Arrays.copyOfRange(z.data(), z.row(r), z.row(r) + n);
      float[] third = Arrays.copyOfRange(w.data(), w.row(r), w.row(r) + n);
      switch (kernel) {
        case ADD -> scalar.add(values, 0, second, 0, y.data(), y.row(r), n);
        case MULTIPLY -> scalar.multiply(values, 0, second, 0, y.data(), y.row(r), n);
        case SCALE -> scalar.scale(values, 0, p5, y.data(), y.row(r), n);
        case GATED_SILU -> scalar.gatedSilu(values, 0, second, 0, y.data(), y.row(r), n);
        case RMS_NORM -> scalar.rmsNorm(values, 0, second, 1e-5f, y.data(), y.row(r), n);
        case LAYER_NORM -> scalar.layerNorm(values, 0, second, third, 1e-5f, y.data(), y.row(r), n);
        case ROTATE_ADJACENT -> scalar.rotateAdjacent(y.data(), y.row(r), values, second, 0, n);
        case ROTATE_HALVES -> {
          float[] head = Arrays.copyOf(Arrays.copyOfRange(y.data(), y.row(r), y.row(r) + n), 2 * n);
          System.arraycopy(third, 0, head, n, n);
          scalar.rotateHalves(head, 0, values, second, 0, n);
          System.arraycopy(head, 0, y.data(), y.row(r), n);
          System.arraycopy(head, n, w.data(), w.row(r), n);
        }
        default -> scalar.apply(Arrays.stream(Nonlinearity.values()).filter(f -> RowKernel.of(f) == kernel).findFirst().orElseThrow(),
            values, 0, y.data(), y.row(r), n);
      }
    }
    close(kernel + " of " + rows + " rows of " + n, widened(y.data()), yGuarded);
    close(kernel + " of " + rows + " rows of " + n, widened(w.data()), wGuarded);
  }

  /** Its array ends with its last row. */
  private CpuActivation matrix(int rows, int n, int gap) {
    return new CpuActivation(random.floats(rows * (n + gap) - gap, 2), 0, rows, n, n + gap);
  }

  private void depthwise() {
    int channels = random.between(1, 40);
    int rows = random.between(1, 3);
    int columns = random.between(1, 3);
    int width = columns + random.between(0, 2);
    float[] x = random.floats(((rows - 1) * width + columns) * channels, 1);
    float[] taps = random.floats(((rows - 1) * 3 + columns) * channels, 1);
    float[] bias = random.floats(channels, 1);
    double[] expected = widened(bias);
    for (int i = 0; i < rows * columns * channels; i++) {
      int tap = i / channels;
      int c = i % channels;
      double value = x[(tap / columns * width + tap % columns) * channels + c];
      expected[c] += value * taps[(tap / columns * 3 + tap % columns) * channels + c];
    }
    MemorySegment y = memory.allocate(4L * channels);
    Kernels.of(tier).depthwise().call(0, memory.copyOf(x), y, channels, 0, 0, 0, rows, columns, 4L * channels,
        4L * (width - columns) * channels, 4L * (3 - columns) * channels, memory.copyOf(taps), memory.copyOf(bias));
    close("depthwise, " + rows + " by " + columns + " taps", expected, y);
  }

  /** Keys and values of two heads, each place up to its last byte. */
  private void store(boolean half) {
    int size = random.between(1, 40);
    float[] x = random.floats(2 * size, 1);
    Kernels.StoreKernels kernels = Kernels.of(tier).store();
    int width = half ? Short.BYTES : Float.BYTES;
    // From an even dimension to the odd one behind it, and to the next even one: pairs 16 words apart; halves of words; planes.
    for (int[] steps : half ? new int[][] {{2, 64}, {4, 8}} : new int[][] {{64 * 20, 64}, {4, 8}}) {
      int last = (size - 1) / 2 * steps[1] + (size - 1) % 2 * steps[0];
      int bytes = Math.max(last, (size - 1) / 2 * steps[1] - (size % 2 == 1 && size > 1 ? steps[1] - steps[0] : 0)) + width;
      MemorySegment page = memory.allocate(2L * bytes);
      (!half ? kernels.floats() : steps[0] == 2 ? kernels.halfKeys() : kernels.halfValues()).call(page.address(), memory.copyOf(x),
          MemorySegment.NULL, 0, 2, bytes, size, steps[0], steps[1]);
      for (int i = 0; i < 2 * size; i++) {
        int d = i % size;
        long at = (long) i / size * bytes + d / 2 * steps[1] + d % 2 * steps[0];
        float expected = half ? Float.float16ToFloat(Float.floatToFloat16(x[i])) : x[i];
        float actual = half ? Float.float16ToFloat(page.get(ValueLayout.JAVA_SHORT_UNALIGNED, at)) : page.get(FLOAT, at);
        if (actual != expected) {
          throw new AssertionError(tier + ": dimension " + d + " of " + size + ", steps " + Arrays.toString(steps) + ": " + expected
              + " was stored as " + actual);
        }
      }
    }
  }

  /** Halves of eight positions of two heads: words of keys up to the last byte of the last pair's row, words of values likewise. */
  private void storePositions(boolean keys) {
    int positions = StoreCode.TOGETHER;
    int across = random.between(1, 4);
    int size = StoreCode.ACROSS * across;
    int stride = 2 * size + random.between(0, 5);
    float[] x = random.floats((positions - 1) * stride + 2 * size, 1);
    int rowBytes = keys ? 64 : 4 * size;
    int headBytes = keys ? (size / 2 - 1) * rowBytes + 4 * positions : positions / 2 * rowBytes;
    MemorySegment page = memory.allocate(2L * headBytes);
    Kernels.StoreKernels kernels = Kernels.of(tier).store();
    (keys ? kernels.keys() : kernels.values()).call(page.address(), memory.copyOf(x), MemorySegment.NULL, 0, 2, headBytes, 4L * stride,
        across, 0);
    for (int i = 0; i < 2 * size * positions; i++) {
      int d = i % size;
      int head = i / size % 2;
      int position = i / (2 * size);
      int word = keys ? d / 2 * rowBytes + 4 * position : position / 2 * rowBytes + 4 * d;
      long at = (long) head * headBytes + word + (keys ? d : position) % 2 * Short.BYTES;
      float expected = Float.float16ToFloat(Float.floatToFloat16(x[position * stride + head * size + d]));
      float actual = Float.float16ToFloat(page.get(ValueLayout.JAVA_SHORT_UNALIGNED, at));
      if (actual != expected) {
        throw new AssertionError(tier + (keys ? ", keys" : ", values") + ": dimension " + d + " of " + size + ", position " + position
            + ": " + expected + " was stored as " + actual);
      }
    }
  }

  private void ceilings() {
    int bytes = CpuKernels.SUMMED_BYTES * random.between(1, 5);
    MemorySegment words = memory.allocate(bytes);
    long expected = 0;
    for (int i = 0; i < bytes / Long.BYTES; i++) {
      long word = (long) random.between(0, Integer.MAX_VALUE - 1) << random.between(0, 32);
      words.set(ValueLayout.JAVA_LONG_UNALIGNED, (long) Long.BYTES * i, word);
      expected += word;
    }
    MemorySegment sums = memory.allocate(tier.bits() / 8);
    Kernels.of(tier).ceilings().sum().call(0, words, sums, bytes, 0, 0, 0, 0, 0);
    if (Arrays.stream(sums.toArray(ValueLayout.JAVA_LONG_UNALIGNED)).sum() != expected) {
      throw new AssertionError(tier + ": a sum of " + bytes + " bytes");
    }
    MemorySegment peak = memory.allocate((long) Ceilings.PEAK_VECTORS * tier.bits() / 8);
    Kernels.of(tier).ceilings().peak().call(0, MemorySegment.NULL, peak, 5, 0, 0, 0, 0, 0);
    for (float sum : peak.toArray(FLOAT)) {
      if (sum != 1 - 1 / 32f) {
        throw new AssertionError(tier + ": a sum of multiply-adds is " + sum);
      }
    }
  }

  private void quantProduct(BlockFormat format, int tokens, int streams) {
    int columns = format.type.blockLength() * random.between(1, 3);
    int each = random.between(1, 3); // groups of a stream
    int groups = streams * each;
    int rows = groups * BlockFormat.ROWS;
    Tensor w = random.matrix(format.type, rows, columns, 0.01f);
    long weights = groupsOf(w, format.groupBytes(columns), Kernels.of(tier).packer(format), format.strides(columns));
    RoundedTiles x = new RoundedTiles(Kernels.of(tier).roundedForm(), tokens, columns);
    MemorySegment y = memory.allocate(4L * x.tiles * tokens * rows);
    Kernels.QuantProducts products = Kernels.of(tier).quantProducts(format);
    Kernel product = (streams == 1 ? products.single() : products.streams())[tokens - 1];
    int strides = format.strides(columns);
    long groupBytes = format.groupBytes(columns);
    int first = random.between(1, strides);
    for (int tile = 0; tile < x.tiles; tile++) {
      long yBytes = 4L * tile * tokens * rows;
      product.call(weights, x.memory, y, x.offset(tile, 0), yBytes, 4L * rows, first, each, groupBytes, 0, each * groupBytes,
          (long) each * BlockFormat.VECTOR);
      if (first < strides) {
        product.call(weights + (long) first * format.stride(), x.memory, y, x.offset(tile, first * format.blocksTogether()), yBytes, 4L * rows,
            strides - first, each, groupBytes, 1, each * groupBytes, (long) each * BlockFormat.VECTOR);
      }
    }
    check(format.name(), tokens, w, x.rounded, y);
  }

  /** Two slices of columns, unless the first is all. */
  private void byteProduct(BlockFormat format, int tokens) {
    int slice = 256 * random.between(1, 2);
    int columns = slice + format.type.blockLength() * random.between(0, 2);
    int pairs = random.between(1, 2);
    int groups = 2 * pairs;
    int rows = groups * BlockFormat.ROWS;
    Tensor w = random.matrix(format.type, rows, columns, 0.01f);
    long weights = groupsOf(w, format.groupBytes(columns), Kernels.of(tier).packer(format), format.strides(columns));
    IntegerPanels panels = Kernels.of(tier).bytePanels(format);
    RoundedTiles x = new RoundedTiles((TiledInt8.Form) panels.form(), tokens, columns);
    MemorySegment y = memory.allocate(4L * x.tiles * tokens * rows);
    for (int from = 0; from < columns; from += from == 0 ? slice : columns) {
      int count = from == 0 ? slice : columns - slice;
      int block = from / BlockFormat.COLUMNS;
      int blocks = count / BlockFormat.COLUMNS;
      long panelBytes = (long) blocks * ByteProduct.Layout.of(format).block().panelBytes();
      MemorySegment panel = memory.allocate(groups * panelBytes);
      for (int group = 0; group < groups; group++) {
        Kernels.of(tier).byteUnpacker(format).call(weights + group * format.groupBytes(columns) + (long) format.strides(from) * format.stride(),
            MemorySegment.NULL, panel, 0, group * panelBytes, format.strides(count), 0, 0, 0);
      }
      MemorySegment rests = x.restsWords();
      int rowBlocks = columns / BlockFormat.COLUMNS;
      // All tiles in one call, or some in another.
      int part = random.between(1, x.tiles);
      for (int tile = 0; tile < x.tiles; tile += part) {
        panels.product(tokens).call(panel.address(), x.memory, y, x.offset(tile, block), 4L * tile * tokens * rows, 4L * rows, blocks, pairs,
            Math.min(part, x.tiles - tile), 4L * TiledInt8.RESTS_WORDS * (tile * (rowBlocks + 1) + block), block, rowBlocks, rests,
            MemorySegment.NULL);
      }
    }
    check(format + " by bytes", tokens, w, x.rounded, y);
  }

  /** Random activations as {@link TiledInt8} has them, some blocks with rests of one or two tokens, some with shared ones. */
  private final class RoundedTiles {
    final int tiles = random.between(1, 3);
    final MemorySegment memory;
    /** What they stand for. */
    final double[] rounded;

    private final TiledInt8.Form form;
    private final int tokens;
    private final int columns;
    private final int blocks;
    private final float[] values;
    private final long[] rests;
    private final long[] shared;

    RoundedTiles(TiledInt8.Form form, int tokens, int columns) {
      this.form = form;
      this.tokens = tokens;
      this.columns = columns;
      blocks = columns / BlockFormat.COLUMNS;
      values = random.floats(tiles * tokens * columns, 1);
      memory = GuardMain.this.memory.allocate((long) tiles * tokens * blocks * (TiledInt8.TOKEN_BLOCK + TiledInt8.REST_BYTES));
      rounded = new double[values.length];
      rests = new long[tiles * blocks + 1];
      shared = new long[tiles * blocks + 1];
      for (int tile = 0; tile < tiles; tile++) {
        round(tile);
      }
      rests[0] = (long) tiles * tokens * blocks * TiledInt8.TOKEN_BLOCK;
      shared[0] = memory.byteSize();
      int kinds = random.between(0, 2);
      for (int b = 0; b < tiles * blocks; b++) {
        int kind = (b + kinds) % 3;
        rests[b + 1] = kind == 0 ? addRests(b, rests[b]) : rests[b];
        shared[b + 1] = kind == 1 && form.shared() ? addShared(b, shared[b]) : shared[b];
      }
    }

    private void round(int tile) {
      MemorySegment source = GuardMain.this.memory.copyOf(Arrays.copyOfRange(values, tile * tokens * columns, (tile + 1) * tokens * columns));
      long listBytes = 4L * (blocks + 1);
      MemorySegment lists = GuardMain.this.memory.allocate(tokens * listBytes);
      float factor = random.between(0, 2) / (float) blocks;
      form.rows().call(0, source, memory, 0, offset(tile, 0), tokens, 4L * columns, blocks, Float.floatToRawIntBits(factor), 0, 0, 0, lists,
          MemorySegment.NULL);
      for (int t = 0; t < tokens; t++) {
        checkCoarse(tile, t, factor, lists.asSlice(t * listBytes, listBytes));
        checkRounded(tile, t);
      }
    }

    private void checkRounded(int tile, int t) {
      for (int k = 0; k < columns; k++) {
        long block = offset(tile, k / BlockFormat.COLUMNS);
        double step = memory.get(FLOAT, block + TiledInt8.SCALE * tokens + 4L * t);
        int i = (tile * tokens + t) * columns + k;
        rounded[i] = step * memory.get(ValueLayout.JAVA_BYTE, block + 32L * t + k % 32);
        if (Math.abs(rounded[i] - values[i]) > 0.501 * step) {
          throw new AssertionError(tier + ": " + values[i] + " became " + rounded[i] + ", step " + step);
        }
      }
    }

    private void checkCoarse(int tile, int t, float factor, MemorySegment list) {
      float[] steps = new float[blocks];
      float sum = 0;
      for (int b = 0; b < blocks; b++) {
        steps[b] = memory.get(FLOAT, offset(tile, b) + TiledInt8.SCALE * tokens + 4L * t);
        sum += steps[b];
      }
      float coarse = sum * factor;
      int[] expected = IntStream.range(0, blocks).filter(b -> steps[b] > coarse).toArray();
      int[] actual = list.toArray(ValueLayout.JAVA_INT_UNALIGNED);
      if (actual[0] != expected.length || !Arrays.equals(expected, Arrays.copyOfRange(actual, 1, 1 + expected.length))) {
        throw new AssertionError(tier + ": coarse blocks " + Arrays.toString(expected) + ", found " + Arrays.toString(actual));
      }
    }

    /** @param begin where the first one goes; returns where the next block's go */
    private long addRests(int block, long begin) {
      long at = offset(block / blocks, block % blocks);
      memory.set(ValueLayout.JAVA_INT_UNALIGNED, at + (long) TiledInt8.RESTS * tokens, (int) (begin - at));
      int last = random.between(0, tokens - 1);
      long rest = begin;
      for (int t = Math.max(0, last - 1); t <= last; t++, rest += TiledInt8.REST_BYTES) {
        addRest(block, t, 1, rest);
        memory.set(ValueLayout.JAVA_INT_UNALIGNED, rest + TiledInt8.TOKEN, t);
        memory.set(ValueLayout.JAVA_INT_UNALIGNED, rest + TiledInt8.MORE, t < last ? 1 : 0);
        memory.set(ValueLayout.JAVA_INT_UNALIGNED, rest + TiledInt8.BLOCK, block % blocks);
      }
      return rest;
    }

    /** @param end where it ends; returns where the next block's ends */
    private long addShared(int block, long end) {
      long rest = end - TiledInt8.BLOCK_NUMBER_BYTES - (long) tokens * TiledInt8.TOKEN_BLOCK;
      addRest(block, 0, tokens, rest);
      memory.set(ValueLayout.JAVA_INT_UNALIGNED, end - TiledInt8.BLOCK_NUMBER_BYTES, block % blocks);
      return rest;
    }

    /** Of tokens from t on. */
    private void addRest(int block, int t, int count, long rest) {
      long at = offset(block / blocks, block % blocks);
      int first = (block / blocks * tokens + t) * columns + block % blocks * BlockFormat.COLUMNS;
      MemorySegment source = GuardMain.this.memory
          .copyOf(Arrays.copyOfRange(values, first, first + (count - 1) * columns + BlockFormat.COLUMNS));
      form.rest().call(0, source, memory, 0, rest, at + 32L * t, at + (long) TiledInt8.SCALE * tokens + 4L * t, count, 4L * columns);
      for (int i = 0; i < count; i++) {
        double step = memory.get(FLOAT, rest + TiledInt8.SCALE * count + 4L * i);
        for (int k = 0; k < BlockFormat.COLUMNS; k++) {
          int value = first + i * columns + k;
          rounded[value] += step * memory.get(ValueLayout.JAVA_BYTE, rest + 32L * i + k);
          if (Math.abs(rounded[value] - values[value]) > 0.501 * step) {
            throw new AssertionError(tier + ": the rest of " + values[value] + " became " + rounded[value] + ", step " + step);
          }
        }
      }
    }

    /** Where a block begins, in bytes. */
    long offset(int tile, int block) {
      return (long) (tile * blocks + block) * tokens * TiledInt8.TOKEN_BLOCK;
    }

    /** What {@link TiledInt8#rests} gives. */
    MemorySegment restsWords() {
      MemorySegment words = GuardMain.this.memory.allocate(8L * tiles * (blocks + 1));
      for (int tile = 0; tile < tiles; tile++) {
        for (int b = 0; b <= blocks; b++) {
          int at = 2 * (tile * (blocks + 1) + b);
          words.setAtIndex(ValueLayout.JAVA_INT_UNALIGNED, at, (int) (rests[tile * blocks + b] / Integer.BYTES));
          words.setAtIndex(ValueLayout.JAVA_INT_UNALIGNED, at + 1, (int) (shared[tile * blocks + b] / Integer.BYTES));
        }
      }
      return words;
    }
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

  /** Two slices of columns, unless the first is all. */
  private void wordProduct(FloatFormat format, int tokens) {
    int slice = TiledInt16.COLUMNS * random.between(1, 2);
    int columns = slice + random.between(0, 100);
    int pairs = random.between(1, 2);
    int groups = 2 * pairs;
    int rows = groups * BlockFormat.ROWS;
    Tensor w = random.matrix(format.type, rows, columns, 1);
    long weights = groupsOf(w, format.groupBytes(columns), Kernels.of(tier).packer(format), columns);
    IntegerPanels panels = Kernels.of(tier).wordPanels();
    int tiles = random.between(1, 3);
    long tileBytes = (long) (columns + TiledInt16.COLUMNS - 1) / TiledInt16.COLUMNS * tokens * TiledInt16.TOKEN_BLOCK;
    MemorySegment x = memory.allocate(tiles * tileBytes);
    double[] rounded = roundedToWords(((TiledInt16.Form) panels.form()).round(), x, tileBytes, tokens, tiles, columns);
    double[] roundedWeights = new double[rows * columns];
    MemorySegment y = memory.allocate(4L * tiles * tokens * rows);
    for (int from = 0; from < columns; from += from == 0 ? slice : columns) {
      int count = from == 0 ? slice : columns - slice;
      int block = from / TiledInt16.COLUMNS;
      int blocks = (count + TiledInt16.COLUMNS - 1) / TiledInt16.COLUMNS;
      long panelBytes = (long) blocks * WordProduct.BLOCK.panelBytes();
      MemorySegment panel = memory.allocate(groups * panelBytes);
      for (int group = 0; group < groups; group++) {
        Kernels.of(tier).wordUnpacker(format).call(weights + group * format.groupBytes(columns) + (long) from * format.columnBytes(),
            MemorySegment.NULL, panel, 0, group * panelBytes, FloatFormat.padded(count), 0, 0, 0);
      }
      readWords(panel, panelBytes, w.toFloats(), from, count, columns, roundedWeights);
      panels.product(tokens).call(panel.address(), x, y, (long) block * tokens * TiledInt16.TOKEN_BLOCK, 0, 4L * rows, blocks, pairs, tiles, 0, block,
          (columns + TiledInt16.COLUMNS - 1) / TiledInt16.COLUMNS);
    }
    check(format + " by words", tokens, roundedWeights, columns, rounded, 0, y);
  }

  /** Makes random activations tiles of {@link TiledInt16}, whose missing columns must be zero; returns what these stand for. */
  private double[] roundedToWords(Kernel round, MemorySegment x, long tileBytes, int tokens, int tiles, int columns) {
    float[] values = random.floats(tiles * tokens * columns, 1);
    double[] rounded = new double[values.length];
    for (int tile = 0; tile < tiles; tile++) {
      MemorySegment source = memory.copyOf(Arrays.copyOfRange(values, tile * tokens * columns, (tile + 1) * tokens * columns));
      round.call(0, source, x, 0, tile * tileBytes, 4L * columns, tokens, columns, 0);
    }
    for (int row = 0; row < tiles * tokens; row++) {
      int t = row % tokens;
      for (int k = 0; k < columns + Math.floorMod(-columns, TiledInt16.COLUMNS); k++) {
        long block = row / tokens * tileBytes + (long) k / TiledInt16.COLUMNS * tokens * TiledInt16.TOKEN_BLOCK;
        double step = x.get(FLOAT, block + TiledInt16.SCALE * tokens + 4L * t);
        int column = k % TiledInt16.COLUMNS;
        long at = block + TiledInt16.SCALE * t + TiledInt16.place(column / 2) + 2 * (column % 2);
        short word = x.get(ValueLayout.JAVA_SHORT_UNALIGNED, at);
        double expected = k < columns ? values[row * columns + k] : 0;
        if (Math.abs(word) > TiledInt16.MOST || Math.abs(word * step - expected) > 0.501 * step) {
          throw new AssertionError(tier + ": " + expected + " became " + word + ", step " + step);
        }
        if (k < columns) {
          rounded[row * columns + k] = word * step;
        }
      }
    }
    return rounded;
  }

  /** What {@code count} columns of panels of {@link WordProduct} stand for, whose sums must fit into 31 bits. */
  private void readWords(MemorySegment panels, long panelBytes, float[] weights, int from, int count, int columns, double[] rounded) {
    for (int row = 0; row < weights.length / columns; row++) {
      int lane = row % BlockFormat.ROWS;
      long sum = 0;
      for (int k = 0; k < count; k++) {
        long block = row / BlockFormat.ROWS * panelBytes + (long) k / TiledInt16.COLUMNS * WordProduct.BLOCK.panelBytes();
        int column = k % TiledInt16.COLUMNS;
        short word = panels.get(ValueLayout.JAVA_SHORT_UNALIGNED, block + column / 2 * BlockFormat.VECTOR + 4L * lane + 2 * (column % 2));
        double step = panels.get(FLOAT, block + WordProduct.SCALES + 4L * lane);
        int i = row * columns + from + k;
        rounded[i] = word * step;
        sum = (column == 0 ? 0 : sum) + Math.abs(word);
        if (sum * TiledInt16.MOST > Integer.MAX_VALUE || Math.abs(rounded[i] - weights[i]) > 0.501 * step) {
          throw new AssertionError(tier + ": weight " + weights[i] + " became " + word + ", step " + step + ", sum " + sum);
        }
      }
    }
  }

  private void tileProduct(BlockFormat format, int tokens) {
    int slice = format.type.blockLength() * random.between(1, 2);
    int columns = slice + format.type.blockLength() * random.between(0, 2);
    int pairs = random.between(1, 2);
    Tensor w = random.matrix(format.type, pairs * Panels.PAIR_ROWS, columns, 0.01f);
    long weights = groupsOf(w, format.groupBytes(columns), Kernels.of(tier).packer(format), format.strides(columns));
    tileProduct(format.name(), 1, w, tokens, slice, (group, from, count, panel, offset) -> Kernels.of(tier).split(format).call(
        weights + group * format.groupBytes(columns) + (long) format.strides(from) * format.stride(), MemorySegment.NULL, panel, 0, offset,
        format.strides(count), 0, 0, 0));
  }

  private void tileProduct(FloatFormat format, int tokens) {
    int slice = SplitFloats.COLUMNS * random.between(1, 2);
    int columns = slice + random.between(0, 70);
    int pairs = random.between(1, 2);
    Tensor w = random.matrix(format.type, pairs * Panels.PAIR_ROWS, columns, 1);
    long weights = groupsOf(w, format.groupBytes(columns), Kernels.of(tier).packer(format), columns);
    tileProduct(format.name(), 2, w, tokens, slice, (group, from, count, panel, offset) -> Kernels.of(tier).split(format).call(
        weights + group * format.groupBytes(columns) + (long) from * format.columnBytes(), MemorySegment.NULL, panel, 0, offset,
        FloatFormat.padded(count), 0, 0, 0));
  }

  private interface Splitter {
    void split(int group, int from, int columns, MemorySegment panel, long offset);
  }

  /** Two slices of columns, so that sums are kept in between, unless the first is all. */
  private void tileProduct(String what, int parts, Tensor w, int tokens, int slice, Splitter splitter) {
    int rows = (int) w.shape().rows();
    int columns = (int) w.shape().columns();
    int tiles = random.between(1, 3);
    float[] values = random.floats(tiles * tokens * columns, 1);
    int blocks = SplitFloats.blocks(columns);
    long tileBytes = (long) blocks * SplitFloats.blockBytes(tokens, parts);
    MemorySegment x = memory.allocate(tiles * tileBytes);
    TilePanels tilePanels = Kernels.of(tier).tilePanels(parts);
    for (int tile = 0; tile < tiles; tile++) {
      MemorySegment source = memory.copyOf(Arrays.copyOfRange(values, tile * tokens * columns, (tile + 1) * tokens * columns));
      tilePanels.form().split().call(0, source, x, 0, tile * tileBytes, 4L * columns, tokens, columns, 0);
    }
    MemorySegment y = memory.allocate(4L * tiles * tokens * rows);
    MemorySegment sums = memory.allocate(4L * tiles * tokens * rows);
    for (int from = 0; from < columns; from += from == 0 ? slice : columns) {
      int count = from == 0 ? slice : columns - slice;
      int sliceBlocks = SplitFloats.blocks(count);
      MemorySegment panel = memory.allocate((long) rows / BlockFormat.ROWS * sliceBlocks * parts * SplitCode.PART_BYTES);
      for (int group = 0; group < rows / BlockFormat.ROWS; group++) {
        splitter.split(group, from, count, panel, (long) group * sliceBlocks * parts * SplitCode.PART_BYTES);
      }
      int flags = (from == 0 ? TileProduct.FIRST_SLICE : 0) | (from + count == columns ? TileProduct.LAST_SLICE : 0);
      tilePanels.product(tokens).call(panel.address(), x, y, (long) from / SplitFloats.COLUMNS * SplitFloats.blockBytes(tokens, parts), 0, 4L * rows,
          sliceBlocks, tiles, rows / Panels.PAIR_ROWS, tileBytes, sums.address() - panel.address(), flags);
    }
    check(what + " by tiles", tokens, w, widened(values), parts == 1 ? CodegenRounding.SINGLE_ERROR : CodegenRounding.SPLIT_ERROR, y);
  }

  // ---- attention

  /** Rows further apart than they are long, so that what is in between must stay. */
  private void transpose() {
    int rows = random.between(1, 40);
    int columns = random.between(1, 40);
    int gap = random.between(0, 5);
    int xStride = columns + gap;
    float[] x = random.floats(rows * xStride - gap, 1);
    float[] factors = random.floats(columns, 1);
    int side = AttentionCode.Transpose.SIDE;
    int strips = (rows + side - 1) / side;
    int last = rows - (strips - 1) * side;
    for (boolean tiles : new boolean[] {true, false}) {
      int yStride = tiles ? side : rows + gap;
      int strip = tiles ? columns * side : side;
      int end = (strips - 1) * strip + (columns - 1) * yStride + last;
      MemorySegment y = memory.allocate(4L * end);
      double[] expected = new double[end];
      for (int i = 0; i < rows * columns; i++) {
        int row = i / columns;
        expected[row / side * strip + i % columns * yStride + row % side] = (double) x[row * xStride + i % columns] * factors[i % columns];
      }
      kernels().transpose().call(memory.copyOf(factors).address(), memory.copyOf(x), y, 0, 0, 4L * xStride, 4L * yStride, rows,
          columns, 4, 4L * strip, 0);
      close("transposition of " + rows + " by " + columns, expected, y);
    }
  }

  private void tiles() {
    int rows = random.between(1, 20);
    int columns = random.between(1, 70);
    int xStride = columns + random.between(0, 5);
    int xFirst = random.between(0, 5);
    int yFirst = random.between(0, 5);
    int tile = AttentionCode.TILE * (rows + random.between(0, 5));
    float[] x = random.floats(xFirst + (rows - 1) * xStride + columns, 1);
    int last = (columns - 1) % AttentionCode.TILE;
    double[] expected = new double[yFirst + (columns - 1) / AttentionCode.TILE * tile + (rows - 1) * AttentionCode.TILE + last + 1];
    Arrays.fill(expected, 7);
    for (int i = 0; i < rows * columns; i++) {
      int c = i % columns;
      expected[yFirst + c / AttentionCode.TILE * tile + i / columns * AttentionCode.TILE + c % AttentionCode.TILE] =
          x[xFirst + i / columns * xStride + c];
    }
    float[] before = new float[expected.length];
    Arrays.fill(before, 7);
    MemorySegment y = memory.copyOf(before);
    kernels().tiles().call(0, memory.copyOf(x), y, 4L * xFirst, 4L * yFirst, 4L * xStride, 4L * tile, rows, 4L * columns, 0, 0, 0);
    close("tiles of " + rows + " by " + columns, expected, y);
  }

  private void rows() {
    int rows = random.between(1, 20);
    int columns = random.between(1, 70);
    int xStride = columns + random.between(0, 5);
    int yStride = columns + random.between(0, 5);
    int xFirst = random.between(0, 5);
    int yFirst = random.between(0, 5);
    float[] x = random.floats(xFirst + (rows - 1) * xStride + columns, 1);
    double[] expected = new double[yFirst + (rows - 1) * yStride + columns];
    for (int i = 0; i < expected.length; i++) {
      int at = i - yFirst;
      expected[i] = at >= 0 && at % yStride < columns ? x[xFirst + at / yStride * xStride + at % yStride] : 7;
    }
    float[] before = new float[expected.length];
    Arrays.fill(before, 7);
    MemorySegment y = memory.copyOf(before);
    kernels().rows().call(0, memory.copyOf(x), y, 4L * xFirst, 4L * yFirst, 4L * xStride, 4L * yStride, rows, 4L * columns, 0, 0, 0);
    close("copy of " + rows + " by " + columns, expected, y);
  }

  private void finite() {
    int vectors = random.between(1, 9);
    float[] x = random.floats(vectors * tier.lanes(), 1);
    MemorySegment y = memory.allocate(tier.bits() / 8);
    for (float extreme : new float[] {Float.MAX_VALUE, -0f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      x[random.between(0, x.length - 1)] = extreme;
      kernels().finite().call(memory.copyOf(x).address(), MemorySegment.NULL, y, 0, 0, vectors, 0, 0, 0);
      float sum = 0;
      for (float lane : y.toArray(FLOAT)) {
        sum += lane;
      }
      if ((sum == 0) != Float.isFinite(extreme)) {
        throw new AssertionError(tier + ": " + vectors + " vectors with " + extreme + " sum up to " + sum);
      }
    }
  }

  private void product(int vectors) {
    int tiles = random.between(1, 3);
    int depth = random.between(1, 40);
    int tile = AttentionCode.TILE * (depth + random.between(0, 5));
    int queries = vectors * tier.lanes();
    float[] x = random.floats((tiles - 1) * tile + depth * AttentionCode.TILE, 1);
    float[] panel = random.floats(depth * queries, 1);
    float[] factors = random.floats(queries, 1);
    float[] before = random.floats(tiles * AttentionCode.TILE * queries, 1);
    for (boolean adding : new boolean[] {false, true}) {
      double[] expected = new double[before.length];
      for (int i = 0; i < expected.length; i++) {
        int row = i / queries;
        expected[i] = adding ? (double) before[i] * factors[i % queries] : 0;
        for (int k = 0; k < depth; k++) {
          expected[i] += (double) x[row / AttentionCode.TILE * tile + k * AttentionCode.TILE + row % AttentionCode.TILE]
              * panel[k * queries + i % queries];
        }
      }
      MemorySegment y = memory.copyOf(before);
      long a = memory.copyOf(panel).address();
      kernels().panels()[vectors - 1].product().call(a, memory.copyOf(x), y, 0, 0, 4L * tile, depth, tiles,
          adding ? memory.copyOf(factors).address() - a : 0);
      close("product of " + vectors + " vectors", expected, y);
    }
  }

  /** Two steps, against the softmax of both together. */
  private void softmax(int vectors, boolean causal) {
    int queries = vectors * tier.lanes();
    int[] positions = {random.between(1, 40), random.between(1, 40)};
    int all = positions[0] + positions[1];
    int seen = causal ? random.between(1, all) : all;
    float[] scores = random.floats(all * queries, 30);
    MemorySegment state = memory.allocate(4L * AttentionCode.STATE * queries);
    float[] weights = new float[scores.length];
    float[] first = new float[queries]; // largest scores of the first step
    for (int step = 0; step < 2; step++) {
      int from = step * positions[0];
      MemorySegment span = memory.copyOf(Arrays.copyOfRange(scores, from * queries, (from + positions[step]) * queries));
      if (step == 1) {
        MemorySegment.copy(state, FLOAT, 0, first, 0, queries);
      }
      Kernels.PanelKernels code = kernels().panels()[vectors - 1];
      (causal ? code.causalSoftmax() : code.softmax()).call(span.address(), MemorySegment.NULL, MemorySegment.NULL,
          state.address() - span.address(), positions[step], 1 - step, seen - from, 0, 0);
      MemorySegment.copy(span, FLOAT, 0, weights, from * queries, positions[step] * queries);
    }
    double[] expectedWeights = new double[weights.length];
    double[] expectedState = new double[AttentionCode.STATE * queries];
    for (int i = 0; i < queries; i++) {
      int visible = Math.min(all, seen + (causal ? i : 0));
      double largest = Double.NEGATIVE_INFINITY;
      for (int p = 0; p < visible; p++) {
        largest = Math.max(largest, scores[p * queries + i]);
      }
      double sum = 0;
      for (int p = 0; p < visible; p++) {
        // Weights of the first step are relative to its own largest score.
        expectedWeights[p * queries + i] = Math.pow(2, scores[p * queries + i] - (p < positions[0] ? first[i] : largest));
        sum += Math.pow(2, scores[p * queries + i] - largest);
      }
      expectedState[i] = largest;
      expectedState[queries + i] = sum;
      expectedState[2 * queries + i] = 1 / sum;
      expectedState[3 * queries + i] = Math.pow(2, first[i] - largest);
    }
    String what = (causal ? "causal " : "") + "softmax of " + positions[0] + " and " + positions[1] + " positions, " + seen + " seen";
    Closeness.check(tier + ", weights, " + what, expectedWeights, 1e-6, weights);
    double[] tolerances = Arrays.stream(expectedState).map(value -> 1e-6 * Math.max(1, Math.abs(value))).toArray();
    Closeness.check(tier + ", state, " + what, expectedState, tolerances, state.toArray(FLOAT));
  }

  private void rowSoftmax() {
    int n = CacheCode.ACROSS * random.between(1, 5);
    float[] scores = random.floats(n, 30);
    scores[n - 1] = Float.NEGATIVE_INFINITY;
    double[] expected = new double[n];
    double sum = 0;
    for (int i = 0; i < n; i++) {
      expected[i] = Math.pow(2, scores[i] - 100);
      sum += expected[i];
    }
    for (int i = 0; i < n; i++) {
      expected[i] /= sum;
    }
    MemorySegment y = memory.copyOf(Arrays.copyOf(scores, n + tier.lanes()));
    kernels().rowSoftmax().call(0, MemorySegment.NULL, y, 0, 0, n / tier.lanes(), 0, 0, 0);
    Closeness.check(tier + ", softmax of " + n, expected, 1e-6, Arrays.copyOf(y.toArray(FLOAT), n));
  }

  /** @return rows of pairs as a cache has them: of f16 in words, of f32 in two planes */
  private MemorySegment pairs(boolean half, float[] first, float[] second) {
    MemorySegment pairs = memory.allocate((half ? 4L : 8L) * first.length);
    for (int i = 0; i < first.length; i++) {
      if (half) {
        pairs.set(ValueLayout.JAVA_SHORT, 4L * i, Float.floatToFloat16(first[i]));
        pairs.set(ValueLayout.JAVA_SHORT, 4L * i + 2, Float.floatToFloat16(second[i]));
      } else {
        pairs.set(FLOAT, 4L * i, first[i]);
        pairs.set(FLOAT, 4L * (first.length + i), second[i]);
      }
    }
    return pairs;
  }

  /** Values that f16 has. */
  private float[] halves(int n) {
    float[] values = random.floats(n, 1);
    for (int i = 0; i < n; i++) {
      values[i] = Float.float16ToFloat(Float.floatToFloat16(values[i]));
    }
    return values;
  }

  private void unpack(boolean half) {
    int rows = random.between(1, 9);
    int tiles = random.between(1, 6);
    int width = AttentionCode.TILE * tiles;
    int gap = AttentionCode.TILE * random.between(0, 5);
    int tile = 2 * rows * AttentionCode.TILE + gap;
    float[][] x = {halves(rows * width), halves(rows * width)};
    MemorySegment y = memory.allocate(4L * (tiles * tile - gap));
    double[] expected = new double[tiles * tile - gap];
    for (int i = 0; i < 2 * rows * width; i++) {
      int row = i / width;
      int c = i % width;
      expected[c / AttentionCode.TILE * tile + row * AttentionCode.TILE + c % AttentionCode.TILE] = x[row % 2][row / 2 * width + c];
    }
    kernels().cache(half).unpack().call(pairs(half, x[0], x[1]).address(), MemorySegment.NULL, y, 4L * rows * width, 0, 4L * tile, rows,
        tiles, 0);
    close("unpacked pairs", expected, y);
  }

  private void scores(boolean half) {
    int pairs = random.between(1, 40);
    int n = pairs * CacheCode.ACROSS;
    float[] query = random.floats(2 * pairs, 1);
    float[][] keys = {halves(n), halves(n)};
    double[] expected = new double[CacheCode.ACROSS];
    for (int i = 0; i < n; i++) {
      int pair = i / CacheCode.ACROSS;
      expected[i % CacheCode.ACROSS] += (double) query[2 * pair] * keys[0][i] + (double) query[2 * pair + 1] * keys[1][i];
    }
    MemorySegment y = memory.allocate(4L * CacheCode.ACROSS);
    kernels().cache(half).scores().call(pairs(half, keys[0], keys[1]).address(), memory.copyOf(query), y, 0, 0, pairs, 1, 0, 0);
    close("scores", expected, y);
  }

  private void sums(boolean half, int count) {
    int width = CacheCode.ACROSS * count;
    int n = CacheCode.ACROSS / 2 * width;
    float[] weights = random.floats(CacheCode.ACROSS, 1);
    float[] before = random.floats(width, 1);
    float[][] values = {halves(n), halves(n)};
    double[] expected = widened(before);
    for (int i = 0; i < n; i++) {
      int pair = i / width;
      expected[i % width] += (double) weights[2 * pair] * values[0][i] + (double) weights[2 * pair + 1] * values[1][i];
    }
    MemorySegment y = memory.copyOf(before);
    kernels().cache(half).sums()[count - 1].call(pairs(half, values[0], values[1]).address(), memory.copyOf(weights), y, 0, 0,
        4L * width, 1, 0, 0);
    close(count + " sums", expected, y);
  }

  private Kernels.AttentionKernels kernels() {
    return Kernels.of(tier).attention();
  }

  private void close(String what, double[] expected, MemorySegment y) {
    Closeness.check(tier + ", " + what, expected, 2e-5, y.toArray(FLOAT));
  }

  // ----

  private MemorySegment tiles(float[] values, int tokens, int tiles, int columns) {
    int padded = FloatFormat.padded(columns);
    MemorySegment x = memory.allocate(4L * tiles * tokens * padded);
    for (int row = 0; row < tiles * tokens; row++) {
      MemorySegment source = memory.copyOf(Arrays.copyOfRange(values, row * columns, (row + 1) * columns));
      Kernels.of(tier).tiledForm().scatter().call(0, source, x, 0, 4L * (row / tokens * tokens * padded + row % tokens), 4L * tokens, columns, 0, 0);
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
    check(what, tokens, w, x, 0, y);
  }

  private void check(String what, int tokens, Tensor w, double[] x, double relativeError, MemorySegment y) {
    check(what, tokens, widened(w.toFloats()), (int) w.shape().columns(), x, relativeError, y);
  }

  private void check(String what, int tokens, double[] weights, int columns, double[] x, double relativeError, MemorySegment y) {
    int rows = weights.length / columns;
    double[] expected = new double[x.length / columns * rows];
    double[] tolerances = new double[expected.length];
    for (int i = 0; i < expected.length; i++) {
      for (int k = 0; k < columns; k++) {
        double product = x[i / rows * columns + k] * weights[i % rows * columns + k];
        expected[i] += product;
        tolerances[i] += (1e-5 + relativeError) * Math.abs(product);
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
