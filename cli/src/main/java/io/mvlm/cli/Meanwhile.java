package io.mvlm.cli;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/** What another thread works out while this one does something else. Thread-safe. */
final class Meanwhile<T> {
  private final FutureTask<T> task;

  private Meanwhile(FutureTask<T> task) {
    this.task = task;
  }

  static <T> Meanwhile<T> of(Supplier<T> work) {
    FutureTask<T> task = new FutureTask<>(work::get);
    Thread.ofPlatform().daemon().name("mvlm-meanwhile").start(task);
    return new Meanwhile<>(task);
  }

  /** The result, once it is there. What the work threw is thrown here. */
  T get() {
    try {
      return task.get();
    } catch (ExecutionException failed) {
      switch (failed.getCause()) {
        case RuntimeException e -> throw e;
        case Error e -> throw e;
        default -> throw new AssertionError(failed); // a Supplier throws nothing else
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e); // nobody interrupts the thread of a command
    }
  }
}
