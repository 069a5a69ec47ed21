package io.mvlm.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class ActivationStackTest {
  /** Floats of a chunk that matrices share. */
  private static final int CHUNK = 1 << 20;

  private record Matrix(int[] chunk, int offset, int rows, int columns) implements Activation {}

  /** Chunks that are only a length, of a memory that ends. */
  private static final class Lengths extends ActivationStack<int[], Matrix> {
    private long room;
    private int made;

    Lengths(long room) {
      super(16);
      this.room = room;
    }

    @Override
    protected int[] newChunk(int floats) {
      if (floats > room) {
        throw new BackendUnavailableException("full");
      }
      room -= floats;
      made++;
      return new int[] {floats};
    }

    @Override
    protected long length(int[] chunk) {
      return chunk[0];
    }

    @Override
    protected void free(int[] chunk) {
      room += chunk[0];
    }

    @Override
    protected Matrix matrix(int[] chunk, int offset, int rows, int columns) {
      return new Matrix(chunk, offset, rows, columns);
    }
  }

  @Test
  void matricesStandBehindEachOther() {
    Lengths stack = new Lengths(CHUNK);
    assertEquals(0, stack.allocate(3, 5).offset());
    Matrix second = stack.allocate(2, 16);
    assertEquals(16, second.offset());
    assertEquals(2, second.rows());
    assertEquals(16, second.columns());
    assertEquals(48, stack.allocate(0, 7).offset());
    assertEquals(48, stack.allocate(1, 1).offset());
    assertThrows(ArithmeticException.class, () -> stack.allocate(1 << 16, 1 << 15));
  }

  @Test
  void aSecondPassMakesNothing() {
    Lengths stack = new Lengths(10L * CHUNK);
    for (int pass = 0; pass < 3; pass++) {
      try (Execution.Scope _ = stack.scope()) {
        Matrix outer = stack.allocate(1, CHUNK);
        Matrix inner;
        try (Execution.Scope _ = stack.scope()) {
          inner = stack.allocate(3, CHUNK);
          assertNotSame(outer.chunk(), inner.chunk());
        }
        assertSame(inner.chunk(), stack.allocate(2, CHUNK).chunk());
      }
      assertEquals(2, stack.made);
    }
  }

  @Test
  void aSecondPassMakesNothingWhereALaterMatrixIsSmaller() {
    Lengths stack = new Lengths(10L * CHUNK);
    for (int pass = 0; pass < 3; pass++) {
      try (Execution.Scope _ = stack.scope()) {
        try (Execution.Scope _ = stack.scope()) {
          stack.allocate(1, CHUNK);
          stack.allocate(3, CHUNK);
        }
        stack.allocate(2, CHUNK);
      }
      assertEquals(2, stack.made);
    }
  }

  @Test
  void aSmallMatrixLeavesTheChunkOfALargeOne() {
    Lengths stack = new Lengths(10L * CHUNK);
    for (int pass = 0; pass < 3; pass++) {
      try (Execution.Scope _ = stack.scope()) {
        stack.allocate(1, 16);
        stack.allocate(7, CHUNK / 8);
        stack.allocate(1, CHUNK / 2);
      }
      assertEquals(2, stack.made);
    }
  }

  @Test
  void aLargerChunkTakesThePlaceOfASmallerOne() {
    Lengths stack = new Lengths(3L * CHUNK);
    try (Execution.Scope _ = stack.scope()) {
      stack.allocate(1, CHUNK);
    }
    Matrix whole = stack.allocate(3, CHUNK); // there is no room for both
    assertEquals(3 * CHUNK, stack.length(whole.chunk()));
    stack.close();
    assertEquals(3 * CHUNK, stack.room);
  }

  @Test
  void aLargeMatrixTakesNoMoreThanItsOwn() {
    Lengths stack = new Lengths(2L * CHUNK);
    assertEquals(CHUNK / 2, stack.length(stack.allocate(2, CHUNK / 4).chunk()));
    assertEquals(CHUNK, stack.length(stack.allocate(1, 1).chunk()), "shared with others");
  }

  @Test
  void aFreeChunkThatIsLargeEnoughIsTakenFirst() {
    Lengths stack = new Lengths(6L * CHUNK);
    Matrix last;
    try (Execution.Scope _ = stack.scope()) {
      stack.allocate(1, CHUNK);
      stack.allocate(3, CHUNK);
      last = stack.allocate(2, CHUNK);
    }
    assertSame(last.chunk(), stack.allocate(2, CHUNK).chunk(), "the smallest that is large enough");
    stack.allocate(1, CHUNK);
    stack.allocate(1, CHUNK);
    assertEquals(3, stack.made);
  }

  @Test
  void aRefusedChunkLeavesThoseThatAreThere() {
    Lengths stack = new Lengths(2L * CHUNK);
    try (Execution.Scope _ = stack.scope()) {
      stack.allocate(1, CHUNK);
      stack.allocate(1, CHUNK);
    }
    try (Execution.Scope _ = stack.scope()) {
      stack.allocate(1, CHUNK);
      assertThrows(BackendUnavailableException.class, () -> stack.allocate(2, CHUNK));
    }
    assertEquals(CHUNK, stack.room);
    stack.allocate(1, CHUNK);
    stack.allocate(1, CHUNK);
    assertEquals(0, stack.room);
  }
}
