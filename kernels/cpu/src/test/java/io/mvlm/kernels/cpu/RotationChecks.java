package io.mvlm.kernels.cpu;

import io.mvlm.core.Activation;
import io.mvlm.core.Backend;
import io.mvlm.core.Batch;
import io.mvlm.core.Execution;
import io.mvlm.core.KvCache;
import io.mvlm.core.RotaryEmbedding;
import io.mvlm.core.RotaryEmbedding.Pairing;
import io.mvlm.core.TensorType;
import java.util.List;

/** Rotary position embedding of every backend against sines and cosines in double precision. */
public final class RotationChecks {
  private final Backends backends;
  private final RandomTensors random;

  public RotationChecks(Backends backends, long seed) {
    this.backends = backends;
    this.random = new RandomTensors(seed);
  }

  /**
   * Two sequences, the second of which has positions already; the heads are a view of columns.
   *
   * @param rotated dimensions of a head that turn, even
   */
  public void rotate(Pairing pairing, int heads, int headSize, int rotated, float magnitude) {
    RotaryEmbedding plain = RotaryEmbedding.of(rotated, 10_000, 1, pairing);
    RotaryEmbedding rope = new RotaryEmbedding(plain.inverseFrequencies(), magnitude, pairing);
    int width = heads * headSize;
    float[] x = random.floats(9 * (width + 5), 1);
    KvCache.Spec spec = new KvCache.Spec(1, 1, headSize, 5000, TensorType.F32);
    Batch batch = Batch.of(List.of(new Place(spec, 0), new Place(spec, 4000)), 3, 6);
    double[] expected = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      expected[i] = x[i];
    }
    for (int r = 0; r < 9; r++) {
      for (int h = 0; h < heads; h++) {
        turn(expected, r * (width + 5) + 2 + h * headSize, batch.position(r), rope);
      }
    }
    for (Backend backend : backends.all()) {
      Closeness.check(backend.description() + ", rotate " + pairing + " " + rotated + " of " + headSize, expected, 4e-6,
          Backends.compute(backend, ex -> turned(ex, x, width, headSize, rope, batch)));
    }
  }

  /** A cache of which only the length matters: where the rows of a batch stand. */
  private record Place(KvCache.Spec spec, int length) implements KvCache {
    @Override
    public void truncate(int length) {
      throw new UnsupportedOperationException();
    }

    @Override
    public KvCache fork() {
      throw new UnsupportedOperationException();
    }

    @Override
    public long byteSize() {
      return 0;
    }

    @Override
    public void close() {
      // holds nothing
    }
  }

  private static Activation turned(Execution ex, float[] x, int width, int headSize, RotaryEmbedding rope, Batch batch) {
    Activation wide = ex.input(x, 9, width + 5);
    ex.rotate(ex.columns(wide, 2, width), headSize, rope, batch);
    return wide;
  }

  private static void turn(double[] x, int at, int position, RotaryEmbedding rope) {
    for (int i = 0; i < rope.pairs(); i++) {
      int a = at + (rope.pairing() == Pairing.ADJACENT ? 2 * i : i);
      int b = a + (rope.pairing() == Pairing.ADJACENT ? 1 : rope.pairs());
      double angle = (double) position * rope.inverseFrequencies()[i];
      double real = x[a] * Math.cos(angle) - x[b] * Math.sin(angle);
      double imaginary = x[a] * Math.sin(angle) + x[b] * Math.cos(angle);
      x[a] = real * rope.magnitude();
      x[b] = imaginary * rope.magnitude();
    }
  }
}
