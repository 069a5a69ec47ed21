package io.mvlm.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TopValuesTest {
  private static final float INFINITY = Float.POSITIVE_INFINITY;

  private static void assertTop(float[] row, int... columns) {
    TopValues top = TopValues.of(row, 0, row.length, columns.length);
    assertArrayEquals(columns, top.columns());
    for (int i = 0; i < columns.length; i++) {
      assertEquals(row[columns[i]], top.values()[i]);
    }
  }

  @Test
  void largestFirstAndLowerColumnsAmongEquals() {
    float[] row = {1, 3, -2, 3, 0f, -0f, 3};
    assertTop(row);
    assertTop(row, 1);
    assertTop(row, 1, 3, 6, 0);
    assertTop(row, 1, 3, 6, 0, 4, 5, 2);
    assertTop(new float[0]);
  }

  @Test
  void whatIsNoNumberCountsAsInfinite() {
    assertTop(new float[] {-INFINITY, 1, Float.NaN, -INFINITY, INFINITY, Float.NaN}, 2, 4, 5, 1, 0, 3);
    assertTop(new float[] {-INFINITY, -INFINITY}, 0);
    assertTop(new float[] {Float.NaN, 5, INFINITY}, 0);
  }

  @Test
  void asASortHasThem() {
    Random random = new Random(1);
    for (int round = 0; round < 500; round++) {
      int n = 1 + random.nextInt(80);
      float[] data = new float[n + 9];
      for (int i = 0; i < data.length; i++) {
        data[i] = random.nextInt(1 + random.nextInt(30));
      }
      int k = random.nextInt(n + 1);
      int[] sorted = IntStream.range(0, n).boxed().sorted(Comparator.comparing(c -> -data[4 + c])).limit(k).mapToInt(c -> c).toArray();
      assertArrayEquals(sorted, TopValues.of(data, 4, n, k).columns());
    }
  }
}
