package io.mvlm.cli;

/** Work that is begun before anybody asks for it, so that who does need not wait; it may as well be left undone. */
final class HeadStart {
  private HeadStart() {}

  /** Begins in a thread of that name, which keeps no process from ending. */
  static void begin(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    // What fails here fails again where somebody hears of it.
    thread.setUncaughtExceptionHandler((failed, e) -> {});
    thread.start();
  }
}
