package io.mvlm.cli;

import java.io.BufferedInputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.Map;

/**
 * The three standard streams of a command, and its environment.
 *
 * @param in standard input
 * @param out standard output: answers and results, nothing else
 * @param err standard error: progress, statistics, errors
 * @param inIsTerminal whether a person types at {@code in}
 * @param errIsTerminal whether a person watches {@code err}
 * @param verbose whether {@code err} shall hear more than errors and statistics
 * @param environment its variables
 */
record CliIo(InputStream in, Output out, PrintStream err, boolean inIsTerminal, boolean errIsTerminal, boolean verbose,
    Map<String, String> environment) {
  static CliIo ofProcess() {
    Output out = new Output(new FileOutputStream(FileDescriptor.out), Terminals.isTerminal(1));
    return new CliIo(new BufferedInputStream(System.in), out, System.err, Terminals.isTerminal(0), Terminals.isTerminal(2), false,
        System.getenv());
  }

  /** Tells the user one thing, in one line on standard error. */
  void say(String message) {
    err.println("mvlm: " + Printable.line(message));
  }

  CliIo withVerbose(boolean wanted) {
    return new CliIo(in, out, err, inIsTerminal, errIsTerminal, wanted, environment);
  }
}
