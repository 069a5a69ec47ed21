package io.mvlm.core;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A tensor as a file holds it: name, type, shape and a way to read its bytes. Rows (the fastest dimension) consist of whole blocks of
 * the type.
 *
 * @param name the file's name for it, used in messages
 * @param type the block format
 * @param shape slowest dimension first
 * @param data the bytes, {@code type.byteSize(shape.elements())} of them
 */
public record Tensor(String name, TensorType type, Shape shape, TensorData data) {
  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  public long byteSize() {
    return type.byteSize(shape.elements());
  }

  /** A tensor of 32-bit floats over an array that is not copied. */
  public static Tensor ofFloats(String name, Shape shape, float... values) {
    if (shape.elements() != values.length) {
      throw new IllegalArgumentException(name + ": " + values.length + " values for shape " + shape);
    }
    return new Tensor(name, TensorType.F32, shape, (offset, destination) -> {
      long first = offset / Float.BYTES;
      for (long i = 0, n = destination.byteSize() / Float.BYTES; i < n; i++) {
        destination.set(F32, i * Float.BYTES, values[(int) (first + i)]);
      }
    });
  }

  /**
   * All values, dequantised.
   *
   * @throws IllegalArgumentException if there are more than an array can hold
   */
  public float[] toFloats() {
    int count = Math.toIntExact(shape.elements());
    float[] values = new float[count];
    byte[] raw = new byte[Math.toIntExact(byteSize())];
    MemorySegment segment = MemorySegment.ofArray(raw);
    data.read(0, segment);
    type.codec().dequantize(segment, 0, values, 0, count);
    return values;
  }

  /**
   * The shape of matrices that become one by rows.
   *
   * @throws IllegalArgumentException if their columns differ
   */
  public static Shape stackedShape(Tensor... stacked) {
    long rows = 0;
    for (Tensor tensor : stacked) {
      if (tensor.shape().columns() != stacked[0].shape().columns()) {
        throw new IllegalArgumentException(tensor.name() + " " + tensor.shape() + " does not stack on " + stacked[0].name() + " "
            + stacked[0].shape());
      }
      rows += tensor.shape().rows();
    }
    return Shape.of(rows, stacked[0].shape().columns());
  }

  /** The values of vectors that become one, dequantised, each behind the one before. */
  public static float[] stackedFloats(Tensor... stacked) {
    float[] values = new float[Math.toIntExact(Arrays.stream(stacked).mapToLong(tensor -> tensor.shape().elements()).sum())];
    int at = 0;
    for (Tensor tensor : stacked) {
      float[] part = tensor.toFloats();
      System.arraycopy(part, 0, values, at, part.length);
      at += part.length;
    }
    return values;
  }
}
