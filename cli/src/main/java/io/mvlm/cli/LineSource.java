package io.mvlm.cli;

/** Where the lines of a conversation come from. */
interface LineSource extends AutoCloseable {
  /** The next line; null at the end of input. A line that was given up with Ctrl-C is empty. */
  String next();

  @Override
  void close();
}
