package io.mvlm.cli;

/** The process that computes; the launcher starts it with the options that it needs. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    if (Boolean.getBoolean("mvlm.launched")) {
      // A launcher that was killed cannot pass that on: watch it.
      ProcessHandle.current().parent().ifPresent(parent -> parent.onExit().thenRun(() -> Runtime.getRuntime().halt(128 + 9)));
    }
    System.exit(Mvlm.execute(CliIo.ofProcess(), arguments));
  }
}
