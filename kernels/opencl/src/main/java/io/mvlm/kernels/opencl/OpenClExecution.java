package io.mvlm.kernels.opencl;

import io.mvlm.core.Activation;
import io.mvlm.core.Batch;
import io.mvlm.core.Execution;
import io.mvlm.core.Nonlinearity;
import io.mvlm.core.OperandChecks;
import io.mvlm.core.Passes;
import io.mvlm.core.RotaryEmbedding;
import io.mvlm.core.Shape;
import io.mvlm.core.TopValues;
import io.mvlm.core.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.Supplier;

/** Queues a kernel, or a few, for each operation; see {@link Execution} for their meaning. */
final class OpenClExecution implements Execution {
  /** Up to so many tokens, products read the weight once for each. */
  private static final int GEMV_TOKENS = 3;
  /** The f of a product that is added to what is there, as linear.cl has it. */
  private static final int ADD = -1;

  /** More of the largest values than this are sought among all values, by the processor. */
  private static final int MOST_TOP = 256;
  /** Values that are worth a work group of their own … */
  private static final int TOP_SHARE = 1024;
  /** … of which there are so many at most: one more puts together what they find. */
  private static final int TOP_GROUPS = 64;

  private final OpenClBackend backend;
  private final CommandQueue queue;
  private final KernelSet kernels;
  private final Tuning tuning;
  private final DeviceScratch memory;
  private final Turns turns;
  private final Passes passes = new Passes();

  OpenClExecution(OpenClBackend backend, Tuning tuning) {
    this.backend = backend;
    this.queue = backend.queue();
    this.kernels = new KernelSet(backend.programs(), tuning);
    this.tuning = tuning;
    this.memory = new DeviceScratch(backend.memory());
    this.turns = new Turns(backend.memory(), queue);
  }

  @Override
  public <T> T run(Supplier<T> pass) {
    return backend.call(() -> passes.run(this, () -> {
      T result = pass.get();
      if (passes.isOutermost()) {
        queue.finish();
      }
      return result;
    }));
  }

  @Override
  public Scope scope() {
    return memory.scope();
  }

  /** A new matrix; every operation begins with one, or with {@link #begin}. */
  private DeviceActivation allocate(int rows, int columns) {
    begin();
    return memory.allocate(rows, columns);
  }

  private void begin() {
    backend.workers().requireWanted();
  }

  // ---- in and out

  @Override
  public Activation input(float[] values, int rows, int columns) {
    DeviceActivation x = allocate(rows, columns);
    MemorySegment staged = queue.stage((long) rows * columns * Float.BYTES);
    MemorySegment.copy(values, 0, staged, ValueLayout.JAVA_FLOAT, 0, rows * columns);
    queue.write(x.buffer(), (long) x.offset() * Float.BYTES, staged);
    return x;
  }

  /** Numbers as the bits of a matrix {@code [1, n]}. */
  private DeviceActivation integers(int... values) {
    DeviceActivation x = memory.allocate(1, values.length);
    MemorySegment staged = queue.stage((long) values.length * Integer.BYTES);
    MemorySegment.copy(values, 0, staged, ValueLayout.JAVA_INT, 0, values.length);
    queue.write(x.buffer(), (long) x.offset() * Float.BYTES, staged);
    return x;
  }

  @Override
  public Activation constant(Weight weight) {
    Shape shape = weight.shape();
    int columns = (int) shape.columns();
    return new DeviceActivation(vector(weight), 0, (int) (shape.elements() / columns), columns, columns);
  }

  @Override
  public float[] read(Activation activation) {
    begin();
    try (Scope _ = scope(); Arena arena = Arena.ofConfined()) {
      DeviceActivation x = device(activation).contiguous() ? device(activation) : (DeviceActivation) concatRows(activation);
      float[] values = new float[x.rows() * x.columns()];
      MemorySegment target = arena.allocate((long) values.length * Float.BYTES, Float.BYTES);
      queue.read(x.buffer(), (long) x.offset() * Float.BYTES, target);
      queue.finish();
      MemorySegment.copy(target, ValueLayout.JAVA_FLOAT, 0, values, 0, values.length);
      return values;
    }
  }

  @Override
  public TopValues top(Activation activation, int k) {
    OperandChecks.top(activation, k);
    DeviceActivation x = device(activation);
    if (k == 0 || k > MOST_TOP) {
      return TopValues.of(read(x), 0, x.columns(), k);
    }
    try (Scope _ = scope()) {
      int groups = Math.clamp(x.columns() / Math.max(TOP_SHARE, 2 * k), 1, TOP_GROUPS);
      DeviceActivation some = top(x, null, groups, k);
      float[] found = read(groups == 1 ? some : top((DeviceActivation) rows(some, 0, 1), (DeviceActivation) rows(some, 1, 1), 1, k));
      int[] columns = new int[k];
      for (int i = 0; i < k; i++) {
        columns[i] = Float.floatToRawIntBits(found[k + i]);
      }
      return new TopValues(Arrays.copyOf(found, k), columns);
    }
  }

  /**
   * The {@code k} largest of each of {@code groups} shares of a row, in {@code [2, groups·k]}: values above the bits of their columns.
   *
   * @param names the bits of the columns of x, or null if those are 0, 1, 2 …
   */
  private DeviceActivation top(DeviceActivation x, DeviceActivation names, int groups, int k) {
    DeviceActivation y = allocate(2, groups * k);
    DeviceActivation columns = names == null ? x : names;
    int items = tuning.reductionItems();
    kernels.top().with(x.buffer()).with(x.offset()).with(x.columns()).with(columns.buffer()).with(columns.offset())
        .with(names == null ? 0 : 1).with(y.buffer()).with(y.row(0)).with(y.buffer()).with(y.row(1)).with(k)
        .run(queue, groups * items, items);
    return y;
  }

  // ---- shape

  @Override
  public Activation columns(Activation activation, int from, int count) {
    OperandChecks.columns(activation, from, count);
    DeviceActivation x = device(activation);
    return new DeviceActivation(x.buffer(), x.offset() + from, x.rows(), count, x.stride());
  }

  @Override
  public Activation rows(Activation activation, int from, int count) {
    OperandChecks.rows(activation, from, count);
    DeviceActivation x = device(activation);
    return new DeviceActivation(x.buffer(), x.row(from), count, x.columns(), x.stride());
  }

  @Override
  public Activation gatherRows(Activation activation, int... rows) {
    OperandChecks.gatherRows(activation, rows);
    DeviceActivation x = device(activation);
    DeviceActivation y = allocate(rows.length, x.columns());
    try (Scope _ = scope()) {
      DeviceActivation indices = integers(rows);
      Kernel kernel = kernels.pointwise("gather_rows").with(x).with(indices.buffer()).with(indices.offset()).with(y).with(y.columns());
      pointwise(kernel, y);
    }
    return y;
  }

  @Override
  public Activation concatRows(Activation... parts) {
    OperandChecks.concatRows(parts);
    int rows = Arrays.stream(parts).mapToInt(Activation::rows).sum();
    DeviceActivation y = allocate(rows, parts[0].columns());
    int at = 0;
    for (Activation part : parts) {
      DeviceActivation x = device(part);
      DeviceActivation target = new DeviceActivation(y.buffer(), y.row(at), x.rows(), y.columns(), y.stride());
      pointwise(kernels.pointwise("copy_rows").with(x).with(target).with(y.columns()), target);
      at += x.rows();
    }
    return y;
  }

  // ---- linear algebra

  @Override
  public Activation embedding(Weight table, int... ids) {
    OperandChecks.embedding(table, ids);
    DeviceMatrix w = (DeviceMatrix) table;
    DeviceActivation y = allocate(ids.length, w.columns());
    try (Scope _ = scope()) {
      DeviceActivation indices = integers(ids);
      for (MatrixPart part : w.parts()) {
        part.giveTo(kernels.linear("embedding", part.layout())).with(indices.buffer()).with(indices.offset()).with(ids.length)
            .with(w.columns()).with(y).run(queue, part.layout().groups(w.columns()), tuning.pointwiseItems(), ids.length, 1);
      }
    }
    return y;
  }

  @Override
  public Activation linear(Activation activation, Weight weight, Weight bias, Nonlinearity f) {
    OperandChecks.linear(activation, weight, bias);
    DeviceMatrix w = (DeviceMatrix) weight;
    DeviceActivation y = allocate(activation.rows(), w.rows());
    multiply(device(activation), w, bias, f.ordinal(), y);
    return y;
  }

  @Override
  public void addLinear(Activation target, Activation activation, Weight weight, Weight bias) {
    OperandChecks.addLinear(target, activation, weight, bias);
    begin();
    multiply(device(activation), (DeviceMatrix) weight, bias, ADD, device(target));
  }

  /** @param f a nonlinearity's number, or {@link #ADD} */
  private void multiply(DeviceActivation x, DeviceMatrix w, Weight bias, int f, DeviceActivation y) {
    boolean few = x.rows() <= GEMV_TOKENS;
    int lanes = tuning.gemvLanes();
    int side = tuning.tileSide();
    String name = few ? kernels.gemv(lanes) : tuning.tiled() ? "gemm_tiled" : "gemm_direct";
    try (Scope _ = scope()) {
      DeviceActivation quantised = null;
      for (MatrixPart part : w.parts()) {
        DeviceActivation in = x;
        if (few && kernels.inIntegers(part.layout())) {
          quantised = quantised == null ? quantised(x, part.layout()) : quantised;
          in = quantised;
        }
        Kernel kernel = part.giveTo(kernels.linear(name, part.layout())).with(in).with(x.rows()).with(x.columns()).with(y)
            .with(bias == null ? x.buffer() : vector(bias)).with(bias == null ? 0 : 1).with(f);
        switch (name) {
          case "gemv", "gemv_subgroups" -> kernel.run(queue, lanes, lanes, part.rows(), tuning.gemvRows(), x.rows());
          case "gemv_shared" -> kernel.withLocal(lanes * tuning.gemvRows())
              .run(queue, lanes, lanes, part.rows(), tuning.gemvRows(), x.rows());
          case "gemm_tiled" -> kernel.run(queue, tiles(x.rows(), 4 * side) * side, side, tiles(part.rows(), 4 * side) * side, side);
          default -> kernel.run(queue, tiles(x.rows(), tuning.tokens()), 1, part.rows(), tuning.directRows());
        }
      }
    }
  }

  /** For each group of 32 values of x eight words of 8-bit integers, behind all of them the groups' scales. */
  private DeviceActivation quantised(DeviceActivation x, BlockLayout layout) {
    int groups = layout.groups(x.columns());
    DeviceActivation y = memory.allocate(x.rows(), 9 * groups);
    kernels.linear("quantise", layout).with(x).with(x.columns()).with(y).with(y.buffer())
        .run(queue, groups, tuning.pointwiseItems(), x.rows(), 1);
    return y;
  }

  private static int tiles(int count, int size) {
    return (count + size - 1) / size;
  }

  @Override
  public Activation patchEmbedding(Activation pixels, Weight kernel) {
    OperandChecks.patchEmbedding(pixels, kernel);
    DeviceActivation x = device(pixels);
    Shape shape = kernel.shape();
    int channels = (int) shape.dimension(1);
    int p = (int) shape.dimension(2);
    int height = x.rows() / channels;
    int across = x.columns() / p;
    DeviceActivation patches = allocate(height / p * across, channels * p * p);
    pointwise(kernels.image("unfold").with(x).with(patches).with(patches.columns()).with(height).with(p).with(across), patches);
    return linear(patches, kernel, null, Nonlinearity.IDENTITY);
  }

  @Override
  public Activation depthwise(Activation activation, int height, int width, Weight kernel, Weight bias, int stride) {
    OperandChecks.depthwise(activation, height, width, kernel, bias, stride);
    DeviceActivation x = device(activation);
    int across = (width + stride - 1) / stride;
    DeviceActivation y = allocate((height + stride - 1) / stride * across, x.columns());
    pointwise(kernels.image("depthwise").with(x).with(y).with(y.columns()).with(height).with(width).with(across).with(stride)
        .with(vector(kernel)).with(bias == null ? x.buffer() : vector(bias)).with(bias == null ? 0 : 1), y);
    return y;
  }

  @Override
  public Activation averagePool2(Activation activation, int height, int width) {
    OperandChecks.averagePool2(activation, height, width);
    DeviceActivation x = device(activation);
    DeviceActivation y = allocate(height / 2 * (width / 2), x.columns());
    pointwise(kernels.image("average_pool2").with(x).with(y).with(y.columns()).with(width).with(width / 2), y);
    return y;
  }

  @Override
  public Activation globalAveragePool(Activation activation) {
    DeviceActivation x = device(activation);
    DeviceActivation y = allocate(1, x.columns());
    pointwise(kernels.image("global_average_pool").with(x).with(y).with(y.columns()).with(x.rows()), y);
    return y;
  }

  // ---- pointwise

  @Override
  public Activation add(Activation left, Activation right) {
    OperandChecks.add(left, right);
    DeviceActivation x = device(left);
    DeviceActivation y = device(right);
    DeviceActivation z = allocate(x.rows(), x.columns());
    pointwise(kernels.pointwise("add").with(x).with(y).with(z).with(z.columns()), z);
    return z;
  }

  @Override
  public Activation multiplyColumns(Activation activation, Activation factors) {
    OperandChecks.multiplyColumns(activation, factors);
    DeviceActivation x = device(activation);
    DeviceActivation s = device(factors);
    DeviceActivation y = allocate(x.rows(), x.columns());
    pointwise(kernels.pointwise("multiply_columns").with(x).with(s).with(y).with(y.columns()), y);
    return y;
  }

  @Override
  public Activation apply(Nonlinearity f, Activation activation) {
    DeviceActivation x = device(activation);
    DeviceActivation y = allocate(x.rows(), x.columns());
    pointwise(kernels.pointwise("apply").with(f.ordinal()).with(x).with(y).with(y.columns()), y);
    return y;
  }

  @Override
  public Activation gatedSilu(Activation activation) {
    OperandChecks.gatedSilu(activation);
    DeviceActivation x = device(activation);
    DeviceActivation y = allocate(x.rows(), x.columns() / 2);
    pointwise(kernels.pointwise("gated_silu").with(x).with(y).with(y.columns()), y);
    return y;
  }

  /** A work item for each value of {@code shape}. */
  private void pointwise(Kernel kernel, DeviceActivation shape) {
    kernel.run(queue, shape.columns(), tuning.pointwiseItems(), shape.rows(), 1);
  }

  // ---- normalisation

  @Override
  public Activation layerNorm(Activation activation, Weight gain, Weight bias, float eps) {
    OperandChecks.layerNorm(activation, gain, bias);
    DeviceActivation x = device(activation);
    DeviceActivation y = allocate(x.rows(), x.columns());
    norm(kernels.norm("layer_norm").with(x).with(y).with(y.columns()).with(eps).with(vector(gain)).with(vector(bias)), y);
    return y;
  }

  @Override
  public Activation rmsNorm(Activation activation, Weight gain, float eps) {
    OperandChecks.rmsNorm(activation, gain);
    DeviceActivation x = device(activation);
    DeviceActivation y = allocate(x.rows(), x.columns());
    norm(kernels.norm("rms_norm").with(x).with(y).with(y.columns()).with(eps).with(vector(gain)), y);
    return y;
  }

  /** A work group for each row. */
  private void norm(Kernel kernel, DeviceActivation shape) {
    kernel.run(queue, tuning.reductionItems(), tuning.reductionItems(), shape.rows(), 1);
  }

  // ---- attention

  @Override
  public void rotate(Activation activation, int headSize, RotaryEmbedding rope, Batch batch) {
    OperandChecks.rotate(activation, headSize, rope, batch);
    begin();
    DeviceActivation x = device(activation);
    int pairs = rope.pairs();
    int all = x.columns() / headSize * pairs;
    kernels.pointwise("rotate_pairs").with(x).with(turns.of(rope, batch)).with(pairs).with(headSize)
        .with(rope.pairing() == RotaryEmbedding.Pairing.ADJACENT ? 1 : 0).with(all).run(queue, all, tuning.pointwiseItems(), x.rows(), 1);
  }

  @Override
  public Activation attention(Activation query, Activation key, Activation value, int headSize, float scale) {
    OperandChecks.attention(query, key, value, headSize);
    DeviceActivation q = device(query);
    DeviceActivation k = device(key);
    DeviceActivation v = device(value);
    DeviceActivation y = allocate(q.rows(), q.columns());
    Kernel kernel = attend(false, q.rows()).with(q).with(k).with(v).with(y).with(q.rows()).with(1).with(headSize).with(q.rows())
        .with(0);
    run(kernel, q.rows(), q.columns() / headSize, headSize, scale);
    return y;
  }

  /** @param queries of a key/value head */
  private Kernel attend(boolean halves, int queries) {
    return kernels.attention("attend", halves, shared(queries));
  }

  private static int shared(int queries) {
    return queries == 1 ? 1 : KernelSet.QUERIES;
  }

  private void run(Kernel attend, int queries, int kvHeads, int headSize, float scale) {
    int items = tuning.attentionItems();
    int shared = shared(queries);
    attend.with(scale).withLocal(shared * headSize).withLocal(shared * headSize)
        .run(queue, tiles(queries, shared) * items, items, kvHeads, 1);
  }

  @Override
  public Activation causalAttention(Activation query, Activation key, Activation value, int layer, Batch batch, float scale) {
    OperandChecks.causalAttention(query, key, value, batch);
    DeviceActivation q = device(query);
    DeviceActivation k = device(key);
    DeviceActivation v = device(value);
    DeviceActivation y = allocate(q.rows(), q.columns());
    for (int s = 0; s < batch.sequences().size(); s++) {
      OpenClKvCache cache = (OpenClKvCache) batch.sequences().get(s);
      int first = batch.firstRow(s);
      int rows = batch.firstRow(s + 1) - first;
      int position = batch.position(first);
      int kvHeads = cache.spec().kvHeads();
      int headSize = cache.spec().headSize();
      int group = q.columns() / headSize / kvHeads;
      cache.reserve(layer, position + rows);
      append((DeviceActivation) rows(k, first, rows), cache, layer, 0, position);
      append((DeviceActivation) rows(v, first, rows), cache, layer, cache.valueOffset(layer), position);
      Kernel kernel = attend(cache.halves(), rows * group).with((DeviceActivation) rows(q, first, rows))
          .with(cache.layer(layer)).with(0).with(cache.columns())
          .with(cache.layer(layer)).with(cache.valueOffset(layer)).with(cache.columns())
          .with((DeviceActivation) rows(y, first, rows)).with(rows).with(group).with(headSize).with(position + 1).with(1);
      run(kernel, rows * group, kvHeads, headSize, scale);
      if (layer == cache.spec().layers() - 1) {
        passes.advance(cache, position + rows);
      }
    }
    return y;
  }

  private void append(DeviceActivation x, OpenClKvCache cache, int layer, int offset, int position) {
    pointwise(kernels.attention("append", cache.halves(), KernelSet.QUERIES).with(x).with(cache.layer(layer)).with(offset).with(position)
        .with(x.columns()), x);
  }

  @Override
  public void close() {
    memory.close();
    turns.close();
  }

  // ----

  private static DeviceActivation device(Activation x) {
    return (DeviceActivation) x;
  }

  private static DeviceBuffer vector(Weight weight) {
    return ((DeviceVector) weight).buffer();
  }
}
