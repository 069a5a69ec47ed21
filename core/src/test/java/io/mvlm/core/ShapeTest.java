package io.mvlm.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class ShapeTest {
  @Test
  void rowsAndColumns() {
    Shape shape = Shape.of(2, 3, 5);
    assertEquals(30, shape.elements());
    assertEquals(6, shape.rows());
    assertEquals(5, shape.columns());
    assertEquals(3, shape.rank());
    assertEquals(2, shape.dimension(0));
    assertEquals("[2, 3, 5]", shape.toString());
    assertEquals(Shape.of(2, 3, 5), shape);
    assertEquals(Shape.of(2, 3, 5).hashCode(), shape.hashCode());
  }

  @Test
  void scalarsAndEmptyShapes() {
    assertEquals(1, Shape.of().elements());
    assertEquals(1, Shape.of().columns());
    assertEquals(1, Shape.of().rows());
    assertEquals(0, Shape.of(0, 7).elements());
  }

  @Test
  void immutable() {
    long[] dimensions = {4, 5};
    Shape shape = Shape.of(dimensions);
    dimensions[0] = 9;
    shape.toArray()[1] = 9;
    assertArrayEquals(new long[] {4, 5}, shape.toArray());
  }

  @Test
  void hostileDimensions() {
    assertThrows(IllegalArgumentException.class, () -> Shape.of(3, -1));
    assertThrows(ArithmeticException.class, () -> Shape.of(Long.MAX_VALUE, 2));
  }
}
