package io.mvlm.kernels.vector;

import io.mvlm.core.Backend;
import io.mvlm.core.BackendProvider;
import io.mvlm.core.BackendUnavailableException;
import io.mvlm.kernels.cpu.CpuBackend;
import io.mvlm.kernels.cpu.CpuKernels;

/** The backend {@code vector}: needs {@code --add-modules jdk.incubator.vector} and a JIT compiler that knows it. */
public final class VectorBackendProvider implements BackendProvider {
  @Override
  public String name() {
    return "vector";
  }

  @Override
  public int priority() {
    return 10;
  }

  @Override
  public Backend create(Options options) {
    return new CpuBackend(kernels(options.probed()), options.threads());
  }

  /**
   * The table of kernels.
   *
   * @param probed whether to measure them first
   * @throws BackendUnavailableException if they cannot run here or, probed, are slower than plain loops
   */
  public static CpuKernels kernels(boolean probed) {
    requireModule();
    VectorKernels.requireLanes();
    if (probed) {
      VectorProbe.requireFast();
    }
    return new VectorKernels();
  }

  /** The module is there if one of its classes can be found, however it came to be: by a flag, or by a launcher that resolved it later. */
  private static void requireModule() {
    try {
      Class.forName("jdk.incubator.vector.FloatVector", false, VectorBackendProvider.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new BackendUnavailableException("the vector backend needs the JVM flag --add-modules jdk.incubator.vector (JDK 25 or newer)");
    }
  }
}
