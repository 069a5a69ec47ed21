package io.mvlm.kernels.cpu;

import io.mvlm.core.Backend;
import io.mvlm.core.BackendProvider;

/** The backend {@code scalar}: runs on every JVM. */
public final class ScalarBackendProvider implements BackendProvider {
  @Override
  public String name() {
    return "scalar";
  }

  @Override
  public int priority() {
    return 0;
  }

  @Override
  public Backend create(Options options) {
    return new CpuBackend(new ScalarKernels(), options.threads());
  }
}
