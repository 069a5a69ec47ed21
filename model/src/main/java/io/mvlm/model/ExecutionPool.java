package io.mvlm.model;

import io.mvlm.core.Backend;
import io.mvlm.core.Execution;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.Function;

/**
 * Executions that nobody is using, kept because their scratch memory is warm. One whose pass failed is not kept: what it remembers may be
 * half made. Thread-safe.
 */
final class ExecutionPool {
  private final Backend backend;
  private final ConcurrentLinkedDeque<Execution> idle = new ConcurrentLinkedDeque<>();
  private volatile boolean closed;

  ExecutionPool(Backend backend) {
    this.backend = backend;
  }

  /** Runs {@code body} as one pass. */
  <T> T run(Function<Execution, T> body) {
    Execution taken = idle.pollFirst();
    Execution execution = taken != null ? taken : backend.newExecution();
    T result;
    try {
      result = execution.run(() -> body.apply(execution));
    } catch (Throwable failure) {
      try (execution) {
        throw failure;
      }
    }
    idle.addFirst(execution);
    if (closed) {
      closeIdle();
    }
    return result;
  }

  /** Whatever is in use now is closed when it comes back. */
  void close() {
    closed = true;
    closeIdle();
  }

  private void closeIdle() {
    for (Execution execution; (execution = idle.pollFirst()) != null; ) {
      execution.close();
    }
  }
}
