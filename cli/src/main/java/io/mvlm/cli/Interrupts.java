package io.mvlm.cli;

import sun.misc.Signal;

/**
 * Ctrl-C and its kin. Outside of a {@link #soften} scope a signal ends the process with 128 + its number; inside, the first one
 * interrupts the scope's thread, which then ends its work cleanly, and a second one ends the process.
 */
final class Interrupts {
  /** Two signals this close are one: the terminal tells this process, and so does the launcher. */
  private static final long SAME_NANOS = 700_000_000L;

  private static Interrupts installed;

  private Thread worker;
  private int exitCode;
  private long lastNanos;

  private Interrupts() {}

  /** The handlers of this process, installed on the first call. */
  static synchronized Interrupts ofProcess() {
    if (installed == null) {
      installed = new Interrupts();
      for (String name : new String[] {"INT", "TERM", "HUP"}) {
        try {
          Signal.handle(new Signal(name), signal -> installed.signalled(signal.getNumber()));
        } catch (IllegalArgumentException unknownHere) {
          // Windows has no HUP.
        }
      }
    }
    return installed;
  }

  /** Until the scope is closed, the calling thread is told by an interrupt. */
  synchronized Scope soften() {
    worker = Thread.currentThread();
    exitCode = 0;
    return new Scope(this);
  }

  void signalled(int number) {
    synchronized (this) {
      long now = System.nanoTime();
      boolean same = exitCode == 128 + number && now - lastNanos < SAME_NANOS;
      if (same) {
        return;
      }
      boolean first = exitCode == 0;
      exitCode = 128 + number;
      lastNanos = now;
      if (worker != null && first) {
        worker.interrupt();
        return;
      }
    }
    System.exit(128 + number);
  }

  /** Closing it clears the thread's interrupt. */
  static final class Scope implements AutoCloseable {
    private final Interrupts owner;

    private Scope(Interrupts owner) {
      this.owner = owner;
    }

    /** 128 + the signal's number, or 0 if none came. */
    int exitCode() {
      synchronized (owner) {
        return owner.exitCode;
      }
    }

    boolean interrupted() {
      return exitCode() != 0;
    }

    @Override
    public void close() {
      synchronized (owner) {
        owner.worker = null;
        Thread.interrupted();
      }
    }
  }
}
