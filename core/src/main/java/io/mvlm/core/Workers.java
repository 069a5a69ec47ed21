package io.mvlm.core;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Persistent platform threads for CPU work. A caller hands in a whole pass with {@link #call} and parks; the leading worker runs it, and
 * every {@link #forEach} inside it spreads over all workers, in chunks claimed from a shared counter, so that unequal cores share fairly.
 * Only workers compute and read files: callers may be virtual threads, and an interrupt never reaches a file channel.
 *
 * <p>Thread-safe: passes of several callers take turns.
 */
public final class Workers implements AutoCloseable {
  /** Work on the half-open range {@code [from, to)}. */
  @FunctionalInterface
  public interface RangeTask {
    /** @param worker index of the worker, 0 … threads − 1, for scratch memory */
    void run(int from, int to, int worker);
  }

  // A hand-off by spinning costs well under a microsecond, by parking ten to fifty. A decode step hands off every 100 to 300 µs,
  // with serial work of some µs between: waiting that long keeps helpers hot within a pass, and lets them sleep between passes.
  private static final int SPINS_BEFORE_PARKING = 20_000;

  private final Thread[] threads;
  private final LinkedBlockingQueue<Pass<?>> passes = new LinkedBlockingQueue<>();
  private volatile Job job;
  private volatile boolean closed;
  private Pass<?> running; // touched by the leader alone

  /** @param threads at least 1 */
  public Workers(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads: " + threads);
    }
    this.threads = new Thread[threads];
    for (int i = 0; i < threads; i++) {
      int index = i;
      this.threads[i] = Thread.ofPlatform().name("mvlm-worker-" + i).daemon().unstarted(index == 0 ? this::lead : () -> help(index));
    }
    for (Thread thread : this.threads) {
      thread.start();
    }
  }

  public int size() {
    return threads.length;
  }

  /**
   * Runs {@code pass} on the leading worker and waits for it. Called on a worker of this group, it runs at once.
   *
   * @throws CancelledException if the caller is interrupted (the interrupt status is kept), its {@link Cancellation} comes, or the workers
   *     are closed meanwhile: before the pass's next {@link #forEach}, or before it begins
   */
  public <T> T call(Supplier<T> pass) {
    if (Thread.currentThread() == threads[0]) {
      return pass.get();
    }
    Pass<T> mine = new Pass<>(pass, Thread.currentThread(), Cancellation.current());
    if (closed) {
      throw new CancelledException("the backend is closed");
    }
    passes.add(mine);
    boolean interrupted = false;
    while (!mine.done) {
      if (closed && !threads[0].isAlive() && !mine.done) {
        throw new CancelledException("the backend was closed");
      }
      if (Thread.interrupted()) {
        interrupted = true;
        mine.interrupted = true;
      }
      LockSupport.parkNanos(this, 100_000_000L);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (mine.failure instanceof RuntimeException e) {
      throw e;
    }
    if (mine.failure instanceof Error e) {
      throw e;
    }
    return mine.result;
  }

  /**
   * Calls {@code task} for ranges that cover {@code 0 … count − 1}, each once, and returns when all are done. Inside a pass only.
   *
   * @param chunk length of a range, at least 1 (the last may be shorter)
   * @throws CancelledException if the pass was cancelled or the workers were closed; nothing of this loop ran then
   * @throws IllegalStateException outside a pass
   */
  public void forEach(int count, int chunk, RangeTask task) {
    requireWanted();
    if (count <= chunk || threads.length == 1) {
      if (count > 0) {
        task.run(0, count, 0);
      }
      return;
    }
    Job mine = new Job(task, count, chunk);
    job = mine;
    for (int i = 1; i < threads.length; i++) {
      if (mine.chunks > 1) {
        LockSupport.unpark(threads[i]);
      }
    }
    mine.work(0);
    int spins = 0;
    while (mine.finished.get() < mine.chunks) {
      if (++spins < SPINS_BEFORE_PARKING) {
        Thread.onSpinWait();
      } else {
        Thread.yield();
      }
    }
    job = null;
    if (mine.failure instanceof RuntimeException e) {
      throw e;
    }
    if (mine.failure instanceof Error e) {
      throw e;
    }
  }

  /**
   * For passes whose work is done elsewhere, by a device: what {@link #forEach} looks at before each loop. Inside a pass only.
   *
   * @throws CancelledException if the pass was cancelled or the workers were closed
   */
  public void requireWanted() {
    if (Thread.currentThread() != threads[0]) {
      throw new IllegalStateException("outside a pass");
    }
    running.requireWanted();
  }

  private void lead() {
    while (!closed) {
      Pass<?> pass;
      try {
        pass = passes.take();
      } catch (InterruptedException e) {
        continue; // nobody interrupts workers: an interrupt would close the file channels that they read
      }
      running = pass;
      pass.run();
      running = null;
    }
    for (Pass<?> left; (left = passes.poll()) != null; ) {
      left.run(); // which only says that it is too late
    }
  }

  private void help(int index) {
    Job last = null;
    int idle = 0;
    while (!closed) {
      Job next = job;
      if (next != null && next != last) {
        last = next;
        next.work(index);
        idle = 0;
      } else if (++idle < SPINS_BEFORE_PARKING) {
        Thread.onSpinWait();
      } else {
        LockSupport.park(this);
        idle = 0;
      }
    }
  }

  /** Cancels the running pass and those that wait behind it, and returns when the threads have ended. */
  @Override
  public void close() {
    closed = true;
    passes.add(new Pass<>(() -> null, threads[0], Cancellation.current())); // wakes the leader
    for (Thread thread : threads) {
      LockSupport.unpark(thread);
      boolean interrupted = false;
      while (thread != Thread.currentThread() && thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private final class Pass<T> {
    final Supplier<T> body;
    final Thread caller;
    final BooleanSupplier unwanted;
    volatile boolean interrupted;
    T result;
    Throwable failure;
    volatile boolean done;

    Pass(Supplier<T> body, Thread caller, BooleanSupplier unwanted) {
      this.body = body;
      this.caller = caller;
      this.unwanted = unwanted;
    }

    /** @throws CancelledException if nobody waits for its result any more */
    void requireWanted() {
      if (interrupted || closed || unwanted.getAsBoolean()) {
        throw new CancelledException(interrupted ? "interrupted" : closed ? "the backend was closed" : "no longer wanted");
      }
    }

    void run() {
      try {
        requireWanted();
        result = body.get();
      } catch (Throwable e) {
        failure = e;
      }
      done = true;
      LockSupport.unpark(caller);
    }
  }

  private static final class Job {
    final RangeTask task;
    final int count;
    final int chunk;
    final int chunks;
    final AtomicLong next = new AtomicLong();
    final AtomicInteger finished = new AtomicInteger();
    volatile Throwable failure;

    Job(RangeTask task, int count, int chunk) {
      this.task = task;
      this.count = count;
      this.chunk = chunk;
      this.chunks = (int) (((long) count + chunk - 1) / chunk);
    }

    void work(int worker) {
      for (long c; (c = next.getAndIncrement()) < chunks; ) {
        try {
          if (failure == null) {
            int from = (int) (c * chunk);
            task.run(from, (int) Math.min(count, (long) from + chunk), worker);
          }
        } catch (Throwable e) {
          failure = e;
        } finally {
          finished.getAndIncrement();
        }
      }
    }
  }
}
