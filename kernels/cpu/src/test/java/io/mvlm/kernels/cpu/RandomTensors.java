package io.mvlm.kernels.cpu;

import io.mvlm.core.Shape;
import io.mvlm.core.Tensor;
import io.mvlm.core.TensorType;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;

/** Random values and tensors, the same for the same seed. */
public final class RandomTensors {
  private final Random random;

  public RandomTensors(long seed) {
    this.random = new Random(seed);
  }

  public int between(int low, int high) {
    return low + random.nextInt(high - low + 1);
  }

  public boolean yes() {
    return random.nextBoolean();
  }

  @SafeVarargs
  public final <T> T oneOf(T... values) {
    return values[random.nextInt(values.length)];
  }

  /** Normally distributed, times {@code scale}. */
  public float[] floats(int count, float scale) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian() * scale;
    }
    return values;
  }

  public Tensor vector(int count, float scale) {
    return Tensor.ofFloats("vector", Shape.of(count), floats(count, scale));
  }

  /** Random quants of any bit pattern, with finite scales of about {@code scale}: a file could hold them, though no quantiser would. */
  public Tensor matrix(TensorType type, int rows, int columns, float scale) {
    return tensor(type, scale, rows, columns);
  }

  public Tensor tensor(TensorType type, float scale, long... dimensions) {
    Shape shape = Shape.of(dimensions);
    byte[] bytes = new byte[(int) type.byteSize(shape.elements())];
    random.nextBytes(bytes);
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < bytes.length; at += type.blockBytes()) {
      switch (type) {
        case F32 -> buffer.putFloat(at, value(scale));
        case BF16 -> buffer.putShort(at, (short) (Float.floatToRawIntBits(value(scale)) >>> 16));
        default -> {
          for (int field : halves(type)) {
            buffer.putShort(at + field, Float.floatToFloat16(value(scale)));
          }
        }
      }
    }
    return ofBytes(type, shape, bytes);
  }

  /** What the type's codec makes of values. */
  Tensor quantized(TensorType type, float[] values, int rows, int columns) {
    byte[] bytes = new byte[(int) type.byteSize(values.length)];
    type.codec().quantize(values, 0, values.length, MemorySegment.ofArray(bytes), 0);
    return ofBytes(type, Shape.of(rows, columns), bytes);
  }

  static Tensor ofBytes(TensorType type, Shape shape, byte[] bytes) {
    return new Tensor("random " + type, type, shape, (offset, destination) ->
        MemorySegment.copy(MemorySegment.ofArray(bytes), offset, destination, 0, destination.byteSize()));
  }

  private float value(float scale) {
    return (random.nextBoolean() ? scale : -scale) * (0.5f + random.nextFloat());
  }

  /** Offsets of the half-precision fields in a block. */
  private static int[] halves(TensorType type) {
    return switch (type) {
      case F32, BF16 -> new int[0];
      case F16, Q4_0, Q5_0, Q8_0, IQ4_NL, IQ4_XS -> new int[] {0};
      case Q4_1, Q5_1, Q4_K, Q5_K -> new int[] {0, 2};
      case Q2_K -> new int[] {80, 82};
      case Q3_K -> new int[] {108};
      case Q6_K -> new int[] {208};
    };
  }
}
