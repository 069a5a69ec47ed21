package io.mvlm.bench;

import io.mvlm.core.Shape;
import io.mvlm.core.Tensor;
import io.mvlm.core.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.Random;

/** Values as models have them: normally distributed, the same in every run. */
final class RandomTensors {
  /** Different rows of a matrix; then they come again, so that gigabytes are made in no time. */
  private static final int DISTINCT_ROWS = 16;
  private static final float WEIGHT = 0.02f;

  private RandomTensors() {}

  static float[] floats(int count, float deviation) {
    Random random = new Random(count);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian() * deviation;
    }
    return values;
  }

  /** @param shape slowest dimension first */
  static Tensor weights(TensorType type, long... shape) {
    Shape dimensions = Shape.of(shape);
    int columns = (int) dimensions.columns();
    byte[] rows = new byte[(int) (DISTINCT_ROWS * type.byteSize(columns))];
    type.codec().quantize(floats(DISTINCT_ROWS * columns, WEIGHT), 0, DISTINCT_ROWS * columns, MemorySegment.ofArray(rows), 0);
    return new Tensor("random " + type, type, dimensions, (offset, destination) -> {
      for (long at = 0; at < destination.byteSize(); ) {
        int from = (int) ((offset + at) % rows.length);
        long count = Math.min(rows.length - from, destination.byteSize() - at);
        MemorySegment.copy(MemorySegment.ofArray(rows), from, destination, at, count);
        at += count;
      }
    });
  }
}
