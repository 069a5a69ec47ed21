package io.mvlm.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class BatchTest {
  private record Cache(int length, int capacity) implements KvCache {
    @Override
    public Spec spec() {
      return new Spec(1, 1, 1, capacity, TensorType.F16);
    }

    @Override
    public void truncate(int length) {}

    @Override
    public KvCache fork() {
      return this;
    }

    @Override
    public long byteSize() {
      return 0;
    }

    @Override
    public void close() {}
  }

  @Test
  void positionsContinueEachSequence() {
    Batch batch = Batch.of(List.of(new Cache(5, 10), new Cache(0, 10)), 2, 3);
    assertEquals(5, batch.rows());
    int[] positions = {5, 6, 0, 1, 2};
    for (int r = 0; r < positions.length; r++) {
      assertEquals(positions[r], batch.position(r));
    }
    assertEquals(0, batch.firstRow(0));
    assertEquals(2, batch.firstRow(1));
    assertEquals(5, batch.firstRow(2));
  }

  @Test
  void theContextMustHoldTheRows() {
    assertEquals(5, Batch.of(new Cache(5, 10), 5).rows());
    assertThrows(ContextFullException.class, () -> Batch.of(new Cache(5, 10), 6));
    assertThrows(IllegalArgumentException.class, () -> Batch.of(new Cache(5, 10), 0));
  }
}
