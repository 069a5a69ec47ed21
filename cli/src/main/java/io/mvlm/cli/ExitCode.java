package io.mvlm.cli;

/** Exit codes, by the numbers of sysexits. */
final class ExitCode {
  static final int OK = 0;
  /** The command line is wrong. */
  static final int USAGE = 64;
  /** A file is damaged, of an unsupported kind, or does not fit. */
  static final int DATA = 65;
  /** An input file is missing. */
  static final int NO_INPUT = 66;
  /** A backend, a JDK or another program is not available here. */
  static final int UNAVAILABLE = 69;
  /** A fault of mvlm itself. */
  static final int INTERNAL = 70;
  /** The system has not enough memory, or this process may not use it. */
  static final int MEMORY = 71;
  /** An output file cannot be created. */
  static final int CANNOT_CREATE = 73;
  /** Reading or writing failed on the way. */
  static final int IO = 74;
  /** Another process is at work on the same file. */
  static final int TRY_LATER = 75;
  /** A file may not be read. */
  static final int NO_PERMISSION = 77;
  /** Heard by the launcher alone, see {@link Jvm}; the number is in {@code Launcher} as well. */
  static final int FULL_JVM_NEEDED = 79;
  /** Ctrl-C: 128 + SIGINT. */
  static final int INTERRUPTED = 130;
  /** The reader of standard output went away: 128 + SIGPIPE. */
  static final int BROKEN_PIPE = 141;

  private ExitCode() {}
}
