package io.mvlm.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class TensorTest {
  @Test
  void floatsComeBackAsTheyWere() {
    float[] values = {1, -2, Float.NaN, Float.NEGATIVE_INFINITY, -0f, Float.MIN_VALUE};
    Tensor tensor = Tensor.ofFloats("t", Shape.of(2, 3), values);
    assertArrayEquals(values, tensor.toFloats());
    assertEquals(24, tensor.byteSize());
  }

  @Test
  void partsAreReadFromAnyRow() {
    Tensor tensor = Tensor.ofFloats("t", Shape.of(3, 2), 0, 1, 2, 3, 4, 5);
    byte[] part = new byte[8];
    tensor.data().read(16, MemorySegment.ofArray(part));
    assertEquals(5f, MemorySegment.ofArray(part).get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4));
  }

  @Test
  void shapesMustFit() {
    assertThrows(IllegalArgumentException.class, () -> Tensor.ofFloats("t", Shape.of(2, 3), 1, 2));
    Tensor ragged = new Tensor("t", TensorType.Q4_0, Shape.of(33), (offset, destination) -> {});
    assertThrows(IllegalArgumentException.class, ragged::byteSize);
  }
}
