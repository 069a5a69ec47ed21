package io.mvlm.kernels.vector;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The one class of the memory that kernels touch. The JDK reads a segment by methods that it calls on an unknown class, and C2 takes the class
 * from what went through the JDK's own code so far: nothing, if a kernel is compiled early, or several classes, if a program reads arrays as
 * segments elsewhere. Then each load keeps calls, which no register with a vector outlives: a kernel takes three to five times as long.
 */
final class Native {
  private static final Class<?> CLASS = Arena.global().allocate(1).getClass();

  private Native() {}

  /**
   * The same segment, whose class C2 knows from here on: for each method that loads from it or stores to it.
   *
   * @throws ClassCastException if it is an array
   */
  static MemorySegment of(MemorySegment memory) {
    return (MemorySegment) CLASS.cast(memory);
  }
}
