package io.mvlm.cli;

import java.io.Writer;

/** Lets help texts go where answers go. */
final class OutputWriter extends Writer {
  private final Output out;

  OutputWriter(Output out) {
    this.out = out;
  }

  @Override
  public void write(char[] buffer, int offset, int length) {
    out.printTrusted(new String(buffer, offset, length));
  }

  @Override
  public void flush() {
    // Output keeps nothing back.
  }

  @Override
  public void close() {
    // Standard output stays open.
  }
}
