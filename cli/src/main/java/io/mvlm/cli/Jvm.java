package io.mvlm.cli;

import io.mvlm.gguf.GgufFile;
import io.mvlm.model.Backends;
import io.mvlm.model.LoadOptions;

/**
 * What a command needs of the JVM that runs it. The launcher starts a light one first, where processors have generated code: without C2, whose
 * compiling would take the processors from a short run, and without the Vector API. Who needs more ends it, before anything was printed,
 * or read that can be read once, and the launcher starts a full one.
 */
final class Jvm {
  private static final boolean LIGHT = Boolean.getBoolean("mvlm.light");
  /** The backend for which there are light JVMs. */
  private static final String GENERATED = "codegen";

  private Jvm() {}

  /**
   * In a light JVM, has generated code linked and assembled in the background, as far as it does not depend on a model: meanwhile the
   * command line is read, by one thread.
   */
  static void prepare() {
    if (LIGHT) {
      HeadStart.begin("mvlm-prepare", () -> Backends.open(LoadOptions.defaults().withBackend(GENERATED).withThreads(1)).close());
    }
  }

  /**
   * Returns in a JVM that computes with these files at full speed.
   *
   * @param files the models, null for those that are not there
   * @return whether Java computes, and not only generated code
   */
  static boolean readyFor(LoadOptions options, GgufFile... files) {
    boolean java = !Backends.areNative(options, files);
    if (java) {
      readyForJava();
    }
    return java;
  }

  /** Returns in a JVM that has an optimising compiler, and the Vector API if it can be had. */
  static void readyForJava() {
    if (LIGHT) {
      throw new FullJvmNeeded();
    }
    VectorModule.resolve();
  }

  /** Ends the process, so that the launcher starts another. */
  static final class FullJvmNeeded extends RuntimeException {
    private static final long serialVersionUID = 1;

    private FullJvmNeeded() {
      super(null, null, false, false);
    }
  }
}
