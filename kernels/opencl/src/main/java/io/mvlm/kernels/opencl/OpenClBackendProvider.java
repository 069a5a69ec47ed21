package io.mvlm.kernels.opencl;

import io.mvlm.core.Backend;
import io.mvlm.core.BackendProvider;
import io.mvlm.core.BackendUnavailableException;
import io.mvlm.core.ComputeDevice;
import java.util.List;

/**
 * The backend {@code opencl}. Only by its name or a device's: which of a processor and a GPU is faster depends on both, and nobody who does
 * not ask for it shall load a native library.
 */
public final class OpenClBackendProvider implements BackendProvider {
  @Override
  public String name() {
    return "opencl";
  }

  @Override
  public int priority() {
    return -1;
  }

  @Override
  public Backend create(Options options) {
    requireNativeAccess();
    OpenClBackend backend = OpenClBackend.ofUser(OpenClDevices.choose(options.device()));
    if (options.probed()) {
      backend.probe();
    }
    return backend;
  }

  @Override
  public List<ComputeDevice> devices() {
    requireNativeAccess();
    return OpenClDevices.all().stream().map(OpenClDevice::info).toList();
  }

  @Override
  public String tune(Options options) {
    requireNativeAccess();
    OpenClDevice device = OpenClDevices.choose(options.device());
    try (OpenClBackend backend = OpenClBackend.ofUser(device)) {
      TuningFile file = TuningFile.ofUser(device, backend.features());
      file.requireWritable();
      Tuning best = new Tuner(backend, device.limits()).tune(backend.tuning());
      file.store(best);
      return device.info().name() + ": " + best.description() + "; kept in " + file.path();
    }
  }

  private static void requireNativeAccess() {
    Module module = OpenClBackendProvider.class.getModule();
    if (!module.isNativeAccessEnabled()) {
      throw new BackendUnavailableException("opencl needs the JVM flag --enable-native-access="
          + (module.isNamed() ? module.getName() + ",org.lwjgl" : "ALL-UNNAMED"));
    }
  }
}
