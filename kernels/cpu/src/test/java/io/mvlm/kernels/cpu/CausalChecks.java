package io.mvlm.kernels.cpu;

import io.mvlm.core.Activation;
import io.mvlm.core.Backend;
import io.mvlm.core.Batch;
import io.mvlm.core.Execution;
import io.mvlm.core.KvCache;
import io.mvlm.core.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Attention over a cache, in whatever portions the rows come, against the textbook formula in double precision. */
public final class CausalChecks {
  private final Backends backends;

  public CausalChecks(Backends backends) {
    this.backends = backends;
  }

  public List<Backend> backends() {
    return backends.all();
  }

  /** Random queries, keys and values of a whole sequence, for every layer, and what attention must make of them. */
  public static final class Sequence {
    private final KvCache.Spec spec;
    private final int group;
    private final int positions;
    private final float scale;
    private final List<float[]> qkv = new ArrayList<>();
    private final List<double[]> expected = new ArrayList<>();
    private final List<Double> tolerances = new ArrayList<>();

    public Sequence(KvCache.Spec spec, int group, int positions, long seed) {
      this.spec = spec;
      this.group = group;
      this.positions = positions;
      this.scale = (float) (1 / Math.sqrt(spec.headSize()));
      RandomTensors random = new RandomTensors(seed);
      for (int layer = 0; layer < spec.layers(); layer++) {
        float[] values = random.floats(positions * columns(), 1);
        qkv.add(values);
        expected.add(expected(values));
        tolerances.add(AttentionChecks.tolerance(1, values));
      }
    }

    public KvCache.Spec spec() {
      return spec;
    }

    public int positions() {
      return positions;
    }

    private int queryColumns() {
      return group * keyColumns();
    }

    private int keyColumns() {
      return spec.kvHeads() * spec.headSize();
    }

    private int columns() {
      return queryColumns() + 2 * keyColumns();
    }

    private double[] expected(float[] x) {
      float[] stored = x.clone();
      if (spec.type() == TensorType.F16) {
        for (int i = 0; i < stored.length; i++) {
          stored[i] = Float.float16ToFloat(Float.floatToFloat16(stored[i]));
        }
      }
      int headSize = spec.headSize();
      double[] y = new double[positions * queryColumns()];
      double[] scores = new double[positions];
      for (int r = 0; r < positions; r++) {
        for (int h = 0; h < group * spec.kvHeads(); h++) {
          int key = queryColumns() + h / group * headSize;
          int value = key + keyColumns();
          for (int p = 0; p <= r; p++) {
            scores[p] = scale * AttentionChecks.dot(x, r * columns() + h * headSize, stored, p * columns() + key, headSize);
          }
          AttentionChecks.softmax(scores, r + 1);
          for (int p = 0; p <= r; p++) {
            for (int d = 0; d < headSize; d++) {
              y[r * queryColumns() + h * headSize + d] += scores[p] * stored[p * columns() + value + d];
            }
          }
        }
      }
      return y;
    }

    private float[] rows(int layer, int from, int to) {
      return Arrays.copyOfRange(qkv.get(layer), from * columns(), to * columns());
    }

    private void check(String what, int layer, int from, float[] y) {
      double[] part = Arrays.copyOfRange(expected.get(layer), from * queryColumns(), from * queryColumns() + y.length);
      Closeness.check(what + ", " + spec + ", group " + group + ", layer " + layer + ", positions from " + from, part, tolerances.get(layer), y);
    }
  }

  /** The next {@code rows} positions of a sequence. */
  public record Portion(Sequence sequence, KvCache cache, int rows) {}

  /** One batch: every layer for all portions together. */
  public static void advance(Backend backend, Portion... portions) {
    KvCache[] caches = Arrays.stream(portions).map(Portion::cache).toArray(KvCache[]::new);
    int[] from = Arrays.stream(caches).mapToInt(KvCache::length).toArray();
    List<float[]> results = new ArrayList<>();
    Sequence first = portions[0].sequence();
    Batch batch = Batch.of(List.of(caches), Arrays.stream(portions).mapToInt(Portion::rows).toArray());
    try (Execution ex = backend.newExecution()) {
      ex.run(() -> {
        for (int layer = 0; layer < first.spec.layers(); layer++) {
          int l = layer;
          Activation x = ex.concatRows(Arrays.stream(portions).map(p -> ex.input(p.sequence.rows(l, p.cache.length(), p.cache.length() + p.rows),
              p.rows, first.columns())).toArray(Activation[]::new));
          Activation y = ex.causalAttention(ex.columns(x, 0, first.queryColumns()), ex.columns(x, first.queryColumns(), first.keyColumns()),
              ex.columns(x, first.queryColumns() + first.keyColumns(), first.keyColumns()), layer, batch, first.scale);
          for (int s = 0; s < portions.length; s++) {
            results.add(ex.read(ex.rows(y, batch.firstRow(s), portions[s].rows)));
          }
        }
        return null;
      });
    }
    for (int i = 0; i < results.size(); i++) {
      int s = i % portions.length;
      String what = backend.description() + ", sequence " + s + " of " + portions.length + ", " + portions[s].rows + " rows";
      portions[s].sequence.check(what, i / portions.length, from[s], results.get(i));
    }
    for (int s = 0; s < portions.length; s++) {
      if (caches[s].length() != from[s] + portions[s].rows) {
        throw new AssertionError("length " + caches[s].length() + ", expected " + (from[s] + portions[s].rows));
      }
    }
  }

  /** The whole sequence on every backend, {@code portion} rows at a time. */
  public void run(Sequence sequence, int portion) {
    for (Backend backend : backends.all()) {
      try (KvCache cache = backend.newKvCache(sequence.spec())) {
        continueWith(backend, sequence, cache, portion);
      }
    }
  }

  /** The rest of the sequence, {@code portion} rows at a time. */
  public static void continueWith(Backend backend, Sequence sequence, KvCache cache, int portion) {
    while (cache.length() < sequence.positions()) {
      advance(backend, new Portion(sequence, cache, Math.min(portion, sequence.positions() - cache.length())));
    }
  }
}
