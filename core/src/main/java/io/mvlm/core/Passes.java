package io.mvlm.core;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * The passes of one execution, one inside another, and how far they filled caches: a pass that fails leaves them as it found them. Belongs
 * to the thread on which the execution runs its passes.
 */
public final class Passes {
  private final List<Advance> advances = new ArrayList<>();
  private int depth;

  private record Advance(AbstractKvCache cache, int before) {}

  /** Runs a pass of {@code execution} on this thread, in a scope of its own, and returns what it returns. */
  public <T> T run(Execution execution, Supplier<T> pass) {
    int mark = advances.size();
    depth++;
    try (Execution.Scope _ = execution.scope()) {
      return pass.get();
    } catch (Throwable e) {
      while (advances.size() > mark) {
        Advance last = advances.removeLast();
        last.cache().advance(last.before());
      }
      throw e;
    } finally {
      if (--depth == 0) {
        advances.clear();
      }
    }
  }

  /** Whether the running pass is inside no other. */
  public boolean isOutermost() {
    return depth == 1;
  }

  /** The running pass has filled the positions below {@code length} in every layer of the cache. */
  public void advance(AbstractKvCache cache, int length) {
    advances.add(new Advance(cache, cache.length()));
    cache.advance(length);
  }
}
