package io.mvlm.kernels.opencl;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mvlm.core.BackendUnavailableException;
import io.mvlm.core.ComputeDevice;
import io.mvlm.kernels.cpu.Backends;
import java.util.List;

/**
 * The device that tests run on: the one that the system property {@code mvlm.opencl.device} names, else the one that users get. Without
 * one, tests are skipped, unless the environment says that there must be one.
 */
final class Devices {
  private static final String REQUIRED = "MVLM_REQUIRE_OPENCL";

  private Devices() {}

  static OpenClDevice any() {
    try {
      return OpenClDevices.choose(System.getProperty("mvlm.opencl.device"));
    } catch (BackendUnavailableException e) {
      if (System.getenv(REQUIRED) != null) {
        throw e;
      }
      assumeTrue(false, e.getMessage());
      throw e;
    }
  }

  static Tuning tuning() {
    return Tuning.of(any().limits());
  }

  static ProgramCache cache() {
    return ProgramCache.ofUser(any());
  }

  static OpenClBackend backend() {
    return new OpenClBackend(any(), tuning(), cache());
  }

  /** As the device is, and with what other devices run: tiles, rows shared by many work items, memory that the processor cannot reach. */
  static Backends variants() {
    Tuning tuning = tuning();
    return new Backends(new OpenClBackend(any(), tuning.withTiled(false), cache()),
        new OpenClBackend(apart(any()), tuning.withTiled(true).withGemv(16, 2), cache()));
  }

  /** The same device, taken for one with memory of its own. */
  static OpenClDevice apart(OpenClDevice device) {
    ComputeDevice i = device.info();
    return new OpenClDevice(device.platform(), device.handle(), new ComputeDevice(i.index(), i.platform(), i.name(), i.kind(), i.version(),
        i.driver(), i.computeUnits(), i.memoryBytes(), i.largestBufferBytes(), false, List.of()), device.limits());
  }

  /** The same device, taken for one with less memory. */
  static OpenClDevice small(OpenClDevice device, long memoryBytes, long largestBufferBytes) {
    ComputeDevice i = device.info();
    return new OpenClDevice(device.platform(), device.handle(), new ComputeDevice(i.index(), i.platform(), i.name(), i.kind(), i.version(),
        i.driver(), i.computeUnits(), memoryBytes, largestBufferBytes, i.unifiedMemory(), List.of()), device.limits());
  }
}
