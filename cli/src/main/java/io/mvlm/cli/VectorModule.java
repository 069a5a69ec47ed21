package io.mvlm.cli;

/**
 * Resolves {@code jdk.incubator.vector} in a JVM that was started without it, in the way in which the JVM adds its own agents' modules.
 * Unlike {@code --add-modules} this prints no warning, keeps the archived module graph, and costs nothing where nothing is computed.
 * Needs {@code --add-exports=java.base/jdk.internal.module=ALL-UNNAMED}.
 */
final class VectorModule {
  private static final String NAME = "jdk.incubator.vector";

  private VectorModule() {}

  /** Afterwards the module is there, if it can be. A JVM without it leaves the backends to say what is missing. */
  static synchronized void resolve() {
    if (ModuleLayer.boot().findModule(NAME).isPresent()) {
      return;
    }
    try {
      Class.forName("jdk.internal.module.Modules").getMethod("loadModule", String.class).invoke(null, NAME);
    } catch (ReflectiveOperationException | RuntimeException unavailable) {
      // The vector backend names the flag that adds it.
    }
  }
}
