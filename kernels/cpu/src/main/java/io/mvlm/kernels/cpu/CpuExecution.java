package io.mvlm.kernels.cpu;

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
import io.mvlm.core.Workers;
import java.util.Arrays;
import java.util.function.Supplier;

/** Spreads each operation over the workers; see {@link Execution} for their meaning. */
final class CpuExecution implements Execution {
  /** Bytes of weights, counted once for each token, that a piece of work should have: less is not worth claiming it. */
  private static final int PIECE_BYTES = 256 << 10;
  /** Rows of values that are worth a hand-off to another worker. */
  private static final int VALUES_PER_CHUNK = 1 << 14;
  /** Fewest query rows that share one conversion of keys and values. */
  private static final int ATTENTION_ROWS = 64;
  /** Most query rows that do so over a cache, those of all heads of a group together: they stay in the second-level cache meanwhile. */
  private static final int MOST_CAUSAL_ROWS = 256;
  /** Pieces of attention for each worker, so that none waits long for the last one. */
  private static final int ATTENTION_PIECES = 4;

  private final CpuBackend backend;
  private final CpuKernels kernels;
  private final Workers workers;
  private final ScratchFloats memory = new ScratchFloats();
  private final LinearInput input;
  private final Rotations rotations = new Rotations();
  private final Passes passes = new Passes();

  CpuExecution(CpuBackend backend) {
    this.backend = backend;
    this.kernels = backend.kernels();
    this.workers = backend.workers();
    this.input = new LinearInput(kernels);
  }

  @Override
  public <T> T run(Supplier<T> pass) {
    return workers.call(() -> passes.run(this, pass));
  }

  @Override
  public Scope scope() {
    return memory.scope();
  }

  // ---- in and out

  @Override
  public Activation input(float[] values, int rows, int columns) {
    CpuActivation x = memory.allocate(rows, columns);
    System.arraycopy(values, 0, x.data(), x.offset(), rows * columns);
    return x;
  }

  @Override
  public Activation constant(Weight weight) {
    float[] values = floats(weight);
    Shape shape = weight.shape();
    int columns = (int) shape.columns();
    return new CpuActivation(values, 0, values.length / columns, columns, columns);
  }

  @Override
  public float[] read(Activation activation) {
    CpuActivation x = cpu(activation);
    float[] values = new float[x.rows() * x.columns()];
    for (int r = 0; r < x.rows(); r++) {
      System.arraycopy(x.data(), x.row(r), values, r * x.columns(), x.columns());
    }
    return values;
  }

  @Override
  public TopValues top(Activation activation, int k) {
    OperandChecks.top(activation, k);
    CpuActivation x = cpu(activation);
    return TopValues.of(x.data(), x.offset(), x.columns(), k);
  }

  // ---- shape

  @Override
  public Activation columns(Activation activation, int from, int count) {
    OperandChecks.columns(activation, from, count);
    CpuActivation x = cpu(activation);
    return new CpuActivation(x.data(), x.offset() + from, x.rows(), count, x.stride());
  }

  @Override
  public Activation rows(Activation activation, int from, int count) {
    OperandChecks.rows(activation, from, count);
    CpuActivation x = cpu(activation);
    return new CpuActivation(x.data(), x.row(from), count, x.columns(), x.stride());
  }

  @Override
  public Activation gatherRows(Activation activation, int... rows) {
    OperandChecks.gatherRows(activation, rows);
    CpuActivation x = cpu(activation);
    CpuActivation y = memory.allocate(rows.length, x.columns());
    for (int r = 0; r < rows.length; r++) {
      System.arraycopy(x.data(), x.row(rows[r]), y.data(), y.row(r), x.columns());
    }
    return y;
  }

  @Override
  public Activation concatRows(Activation... parts) {
    OperandChecks.concatRows(parts);
    int rows = Arrays.stream(parts).mapToInt(Activation::rows).sum();
    CpuActivation y = memory.allocate(rows, parts[0].columns());
    int at = 0;
    for (Activation part : parts) {
      CpuActivation x = cpu(part);
      for (int r = 0; r < x.rows(); r++) {
        System.arraycopy(x.data(), x.row(r), y.data(), y.row(at++), x.columns());
      }
    }
    return y;
  }

  // ---- linear algebra

  @Override
  public Activation embedding(Weight table, int... ids) {
    OperandChecks.embedding(table, ids);
    MatrixWeight w = (MatrixWeight) table;
    CpuActivation y = memory.allocate(ids.length, w.columns());
    forRows(y, (from, to, worker) -> {
      for (int r = from; r < to; r++) {
        w.parts().getFirst().readRow(ids[r], y.data(), y.row(r), backend.scratch(worker));
      }
    });
    return y;
  }

  @Override
  public Activation linear(Activation activation, Weight weight, Weight bias, Nonlinearity f) {
    OperandChecks.linear(activation, weight, bias);
    CpuActivation x = cpu(activation);
    MatrixWeight w = (MatrixWeight) weight;
    float[] b = bias == null ? null : floats(bias);
    CpuActivation y = memory.allocate(x.rows(), w.rows());
    multiply(x, w, y, (from, to) -> {
      CpuActivation part = y.view(0, y.rows(), from, to - from);
      if (b != null) {
        kernels.add(part, CpuActivation.repeated(b, from, y.rows(), to - from), part);
      }
      if (f != Nonlinearity.IDENTITY) {
        kernels.apply(f, part, part);
      }
    });
    return y;
  }

  @Override
  public void addLinear(Activation residual, Activation activation, Weight weight, Weight bias) {
    OperandChecks.addLinear(residual, activation, weight, bias);
    CpuActivation target = cpu(residual);
    CpuActivation x = cpu(activation);
    MatrixWeight w = (MatrixWeight) weight;
    float[] b = bias == null ? null : floats(bias);
    try (Scope _ = scope()) {
      CpuActivation y = memory.allocate(x.rows(), w.rows());
      multiply(x, w, y, (from, to) -> {
        CpuActivation part = target.view(0, y.rows(), from, to - from);
        kernels.add(part, y.view(0, y.rows(), from, to - from), part);
        if (b != null) {
          kernels.add(part, CpuActivation.repeated(b, from, y.rows(), to - from), part);
        }
      });
    }
  }

  /** What happens to columns {@code [from, to)} of a product while they are in the cache. */
  private interface Epilogue {
    void apply(int from, int to);
  }

  private void multiply(CpuActivation x, MatrixWeight w, CpuActivation y, Epilogue epilogue) {
    if (x.rows() == 0) {
      return;
    }
    input.set(x);
    int units = 0;
    int most = Integer.MAX_VALUE;
    for (PackedMatrix part : w.parts()) {
      input.prepare(part.inputForm(x.rows()), workers);
      units += units(part, x.rows());
      most = Math.min(most, part.mostUnits(x.rows()));
    }
    int chunk = Math.clamp(units / (pieces(w, x.rows()) * workers.size()), 1, most);
    workers.forEach(units, chunk, (from, to, worker) -> {
      int unit = 0;
      int row = 0;
      for (PackedMatrix part : w.parts()) {
        int count = units(part, x.rows());
        int begin = Math.max(from, unit) - unit;
        int end = Math.min(to, unit + count) - unit;
        if (begin < end) {
          int size = part.unitRows(x.rows());
          int fromRow = begin * size;
          int toRow = Math.min(end * size, part.rows());
          part.multiply(input, y.data(), y.offset() + row, y.stride(), fromRow, toRow, backend.scratch(worker));
          epilogue.apply(row + fromRow, row + toRow);
        }
        unit += count;
        row += part.rows();
      }
    });
  }

  /**
   * Pieces of a product for each worker: eight, small enough to even out unequal cores; fewer, but at least two, where a piece would not be
   * worth the microsecond that it takes to claim it and to have its weights on their way.
   */
  private int pieces(MatrixWeight w, int tokens) {
    return Math.clamp(w.byteSize() * tokens / workers.size() / PIECE_BYTES, 2, 8);
  }

  private static int units(PackedMatrix part, int tokens) {
    return (part.rows() + part.unitRows(tokens) - 1) / part.unitRows(tokens);
  }

  @Override
  public Activation patchEmbedding(Activation pixels, Weight kernel) {
    OperandChecks.patchEmbedding(pixels, kernel);
    CpuActivation x = cpu(pixels);
    Shape shape = kernel.shape();
    int channels = (int) shape.dimension(1);
    int p = (int) shape.dimension(2);
    int height = x.rows() / channels;
    int down = height / p;
    int across = x.columns() / p;
    CpuActivation patches = memory.allocate(down * across, channels * p * p);
    forRows(patches, (from, to, worker) -> {
      for (int r = from; r < to; r++) {
        int at = patches.row(r);
        for (int c = 0; c < channels; c++) {
          for (int i = 0; i < p; i++) {
            System.arraycopy(x.data(), x.row(c * height + r / across * p + i) + r % across * p, patches.data(), at, p);
            at += p;
          }
        }
      }
    });
    return linear(patches, kernel, null, Nonlinearity.IDENTITY);
  }

  @Override
  public Activation depthwise(Activation activation, int height, int width, Weight kernel, Weight bias, int stride) {
    OperandChecks.depthwise(activation, height, width, kernel, bias, stride);
    CpuActivation x = cpu(activation);
    float[] taps = floats(kernel);
    float[] b = bias == null ? null : floats(bias);
    int down = (height + stride - 1) / stride;
    int across = (width + stride - 1) / stride;
    CpuActivation y = memory.allocate(down * across, x.columns());
    forRows(y, (from, to, worker) -> kernels.depthwise(x, height, width, taps, b, stride, y, from, to));
    return y;
  }

  @Override
  public Activation averagePool2(Activation activation, int height, int width) {
    OperandChecks.averagePool2(activation, height, width);
    CpuActivation x = cpu(activation);
    int across = width / 2;
    CpuActivation y = memory.allocate(height / 2 * across, x.columns());
    workers.forEach(height / 2, 1, (from, to, worker) -> {
      for (int r = from; r < to; r++) {
        CpuActivation row = y.view(r * across, across);
        kernels.add(everyOther(x, 2 * r * width, across), everyOther(x, 2 * r * width + 1, across), row);
        kernels.add(row, everyOther(x, (2 * r + 1) * width, across), row);
        kernels.add(row, everyOther(x, (2 * r + 1) * width + 1, across), row);
        kernels.scale(row, 0.25f, row);
      }
    });
    return y;
  }

  private static CpuActivation everyOther(CpuActivation x, int from, int count) {
    return new CpuActivation(x.data(), x.row(from), count, x.columns(), 2 * x.stride());
  }

  @Override
  public Activation globalAveragePool(Activation activation) {
    CpuActivation x = cpu(activation);
    CpuActivation y = memory.allocate(1, x.columns());
    Arrays.fill(y.data(), y.offset(), y.offset() + x.columns(), 0f);
    CpuActivation sum = CpuActivation.repeated(y.data(), y.offset(), x.rows(), x.columns());
    kernels.add(x, sum, sum);
    kernels.scale(y, 1f / x.rows(), y);
    return y;
  }

  // ---- pointwise

  @Override
  public Activation add(Activation left, Activation right) {
    OperandChecks.add(left, right);
    CpuActivation x = cpu(left);
    CpuActivation y = cpu(right);
    CpuActivation z = memory.allocate(x.rows(), x.columns());
    forViews(z, (from, n) -> kernels.add(x.view(from, n), y.view(from, n), z.view(from, n)));
    return z;
  }

  @Override
  public Activation multiplyColumns(Activation activation, Activation factors) {
    OperandChecks.multiplyColumns(activation, factors);
    CpuActivation x = cpu(activation);
    CpuActivation s = cpu(factors);
    CpuActivation z = memory.allocate(x.rows(), x.columns());
    forViews(z, (from, n) -> kernels.multiply(x.view(from, n), CpuActivation.repeated(s.data(), s.offset(), n, s.columns()), z.view(from, n)));
    return z;
  }

  @Override
  public Activation apply(Nonlinearity f, Activation activation) {
    CpuActivation x = cpu(activation);
    CpuActivation y = memory.allocate(x.rows(), x.columns());
    forViews(y, (from, n) -> kernels.apply(f, x.view(from, n), y.view(from, n)));
    return y;
  }

  @Override
  public Activation gatedSilu(Activation activation) {
    OperandChecks.gatedSilu(activation);
    CpuActivation x = cpu(activation);
    int n = x.columns() / 2;
    CpuActivation y = memory.allocate(x.rows(), n);
    forViews(y, (from, rows) -> kernels.gatedSilu(x.view(from, rows, 0, n), x.view(from, rows, n, n), y.view(from, rows)));
    return y;
  }

  // ---- normalisation

  @Override
  public Activation layerNorm(Activation activation, Weight gain, Weight bias, float eps) {
    OperandChecks.layerNorm(activation, gain, bias);
    CpuActivation x = cpu(activation);
    float[] g = floats(gain);
    float[] b = floats(bias);
    CpuActivation y = memory.allocate(x.rows(), x.columns());
    forViews(y, (from, n) -> kernels.layerNorm(x.view(from, n), g, b, eps, y.view(from, n)));
    return y;
  }

  @Override
  public Activation rmsNorm(Activation activation, Weight gain, float eps) {
    OperandChecks.rmsNorm(activation, gain);
    CpuActivation x = cpu(activation);
    float[] g = floats(gain);
    CpuActivation y = memory.allocate(x.rows(), x.columns());
    forViews(y, (from, n) -> kernels.rmsNorm(x.view(from, n), g, eps, y.view(from, n)));
    return y;
  }

  // ---- attention

  @Override
  public void rotate(Activation activation, int headSize, RotaryEmbedding rope, Batch batch) {
    OperandChecks.rotate(activation, headSize, rope, batch);
    CpuActivation x = cpu(activation);
    int pairs = rope.pairs();
    rotations.set(rope, batch);
    forViews(x, (from, n) -> {
      switch (rope.pairing()) {
        case ADJACENT -> kernels.rotateAdjacent(x.view(from, n), headSize, rotations.cos(), rotations.sin(), from * pairs, pairs);
        case HALVES -> kernels.rotateHalves(x.view(from, n), headSize, rotations.cos(), rotations.sin(), from * pairs, pairs);
      }
    });
  }

  @Override
  public Activation attention(Activation query, Activation key, Activation value, int headSize, float scale) {
    OperandChecks.attention(query, key, value, headSize);
    CpuActivation q = cpu(query);
    CpuActivation k = cpu(key);
    CpuActivation v = cpu(value);
    if (k.stride() != q.stride() || v.stride() != q.stride()) {
      throw new IllegalArgumentException("attention: expected queries, keys and values of one matrix, found rows " + q.stride() + ", "
          + k.stride() + " and " + v.stride() + " values apart");
    }
    CpuActivation y = memory.allocate(q.rows(), q.columns());
    int heads = q.columns() / headSize;
    int sliceRows = sliceRows(q.rows(), heads);
    int slices = (q.rows() + sliceRows - 1) / sliceRows;
    workers.forEach(heads * slices, 1, (from, to, worker) -> {
      for (int item = from; item < to; item++) {
        int c = item / slices * headSize;
        int row = item % slices * sliceRows;
        kernels.attend(q.data(), q.offset() + c, k.data(), k.offset() + c, v.data(), v.offset() + c, q.stride(), q.rows(), headSize, scale,
            row, Math.min(q.rows(), row + sliceRows), y.data(), y.offset() + c, y.stride(), backend.scratch(worker));
      }
    });
    return y;
  }

  /** Rows of queries of a head, or of the heads that share keys and values, that one worker takes at a time. */
  private int sliceRows(int rows, int heads) {
    int slices = (ATTENTION_PIECES * workers.size() + heads - 1) / heads;
    int even = (rows + slices - 1) / slices;
    return Math.max(ATTENTION_ROWS, (even + CpuKvCache.BLOCK - 1) / CpuKvCache.BLOCK * CpuKvCache.BLOCK);
  }

  @Override
  public Activation causalAttention(Activation query, Activation key, Activation value, int layer, Batch batch, float scale) {
    OperandChecks.causalAttention(query, key, value, batch);
    CpuActivation q = cpu(query);
    CpuActivation k = cpu(key);
    CpuActivation v = cpu(value);
    CpuActivation y = memory.allocate(q.rows(), q.columns());
    for (int s = 0; s < batch.sequences().size(); s++) {
      CpuKvCache cache = (CpuKvCache) batch.sequences().get(s);
      int first = batch.firstRow(s);
      int rows = batch.firstRow(s + 1) - first;
      int position = batch.position(first);
      int kvHeads = cache.spec().kvHeads();
      int headSize = cache.spec().headSize();
      int group = q.columns() / headSize / kvHeads;
      cache.reserve(layer, position + rows);
      // Block by block: positions of one share the lines of a cache, which two workers would take from each other, and new pages,
      // which both would clear.
      int firstBlock = position / CpuKvCache.BLOCK;
      int blocks = (position + rows - 1) / CpuKvCache.BLOCK + 1 - firstBlock;
      workers.forEach(blocks, 1, (from, to, worker) -> {
        int r = Math.max(0, (firstBlock + from) * CpuKvCache.BLOCK - position);
        int end = Math.min(rows, (firstBlock + to) * CpuKvCache.BLOCK - position);
        kernels.store(cache, layer, position + r, end - r, k.data(), k.row(first + r), k.stride(), v.data(), v.row(first + r), v.stride());
      });
      int sliceRows = Math.min(Math.max(ATTENTION_ROWS, MOST_CAUSAL_ROWS / group), sliceRows(rows, kvHeads));
      int slices = (rows + sliceRows - 1) / sliceRows;
      workers.forEach(kvHeads * slices, 1, (from, to, worker) -> {
        for (int item = from; item < to; item++) {
          int head = item % kvHeads;
          int row = (slices - 1 - item / kvHeads) * sliceRows; // last rows first: they see most
          int c = head * group * headSize;
          kernels.attendCached(cache, layer, head, q.data(), q.row(first + row) + c, q.stride(), Math.min(rows - row, sliceRows),
              position + row, group, scale, y.data(), y.row(first + row) + c, y.stride(), backend.scratch(worker));
        }
      });
      if (layer == cache.spec().layers() - 1) {
        passes.advance(cache, position + rows);
      }
    }
    return y;
  }

  @Override
  public void close() {
    memory.close();
  }

  // ----

  private interface RowsTask {
    void run(int from, int count);
  }

  /** Rows of x, a few at a time. */
  private void forViews(CpuActivation x, RowsTask task) {
    forRows(x, (from, to, worker) -> task.run(from, to - from));
  }

  private void forRows(CpuActivation x, Workers.RangeTask task) {
    workers.forEach(x.rows(), Math.max(1, VALUES_PER_CHUNK / Math.max(1, x.columns())), task);
  }

  private static CpuActivation cpu(Activation x) {
    return (CpuActivation) x;
  }

  private static float[] floats(Weight weight) {
    return ((VectorWeight) weight).values();
  }
}
