package io.mvlm.core;

import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * A wish to stop that somebody other than the working thread may have: where an interrupt speaks to a thread, this speaks to a piece of its
 * work. It holds for every pass that the thread hands to {@link Workers} meanwhile, without a parameter on the way there. Thread-safe.
 */
public final class Cancellation {
  private static final ScopedValue<BooleanSupplier> WISH = ScopedValue.newInstance();
  private static final BooleanSupplier NEVER = () -> false;

  private Cancellation() {}

  /**
   * Runs {@code body}. Passes inside it end with {@link CancelledException} before their next loop once {@code wanted} says yes.
   *
   * @param wanted asked by another thread, often: quick, and never no again after a yes. An enclosing wish is not asked meanwhile
   */
  public static <T> T during(BooleanSupplier wanted, Supplier<T> body) {
    return ScopedValue.where(WISH, wanted).call(body::get);
  }

  /** What the current thread works under. */
  static BooleanSupplier current() {
    return WISH.orElse(NEVER);
  }
}
