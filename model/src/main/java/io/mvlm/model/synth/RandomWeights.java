package io.mvlm.model.synth;

import io.mvlm.core.Shape;
import io.mvlm.core.Tensor;
import io.mvlm.core.TensorType;
import io.mvlm.gguf.ComputedRows;

/**
 * Tensors of normally distributed values. Each row has its own generator, seeded by the model's seed, the tensor's name and the row, so
 * that rows can be made in any order, by any thread, and the same way on every machine.
 */
final class RandomWeights {
  private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;
  private static final int INDEX_BITS = 12;
  private static final int INDEX_MASK = (1 << INDEX_BITS) - 1;
  private static final int DRAWS_PER_NUMBER = Long.SIZE / INDEX_BITS;
  private static final float[] QUANTILES = normalQuantiles();

  private final long seed;

  RandomWeights(long seed) {
    this.seed = seed;
  }

  /** Values with that mean and standard deviation. */
  Tensor tensor(String name, TensorType type, float mean, float deviation, long... shape) {
    Shape dimensions = Shape.of(shape);
    long tensorSeed = mix(seed + GOLDEN_GAMMA) ^ hash(name);
    return new Tensor(name, type, dimensions, new ComputedRows(type, dimensions.columns(),
        (row, values) -> fill(mix(tensorSeed + row * GOLDEN_GAMMA), mean, deviation, values)));
  }

  private static void fill(long state, float mean, float deviation, float[] values) {
    for (int i = 0; i < values.length; ) {
      state += GOLDEN_GAMMA;
      long bits = mix(state);
      for (int end = Math.min(values.length, i + DRAWS_PER_NUMBER); i < end; i++) {
        values[i] = mean + deviation * QUANTILES[(int) bits & INDEX_MASK];
        bits >>>= INDEX_BITS;
      }
    }
  }

  /** The output function of SplitMix64 (Steele, Lea and Flood 2014). */
  private static long mix(long z) {
    z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }

  private static long hash(String name) {
    long hash = 0;
    for (int i = 0; i < name.length(); i++) {
      hash = mix(hash + name.charAt(i) + GOLDEN_GAMMA);
    }
    return hash;
  }

  /** The middle of each of 4096 equally likely parts of the standard normal distribution, by integrating its density upwards from 0. */
  private static float[] normalQuantiles() {
    int n = 1 << INDEX_BITS;
    float[] quantiles = new float[n];
    double step = 1.0 / 4096;
    double x = 0;
    double probability = 0.5;
    for (int i = n / 2; i < n; i++) {
      double wanted = (i + 0.5) / n;
      while (true) {
        double slice = step * density(x + step / 2);
        if (probability + slice > wanted) {
          break;
        }
        probability += slice;
        x += step;
      }
      quantiles[i] = (float) (x + (wanted - probability) / density(x));
      quantiles[n - 1 - i] = -quantiles[i];
    }
    return quantiles;
  }

  private static double density(double x) {
    return StrictMath.exp(-x * x / 2) / StrictMath.sqrt(2 * StrictMath.PI);
  }
}
