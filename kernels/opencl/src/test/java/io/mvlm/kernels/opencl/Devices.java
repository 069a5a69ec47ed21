package io.mvlm.kernels.opencl;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mvlm.core.BackendUnavailableException;
import io.mvlm.core.ComputeDevice;
import io.mvlm.kernels.cpu.Backends;
import io.mvlm.kernels.opencl.Features.Feature;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

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
    return backend(tuning(), Features.NONE);
  }

  static OpenClBackend backend(Tuning tuning, Features features) {
    return backend(any(), tuning, features, cache());
  }

  static OpenClBackend backend(OpenClDevice device, Tuning tuning, Features features, ProgramCache cache) {
    return new OpenClBackend(device, tuning, features, cache, CommandQueue::new);
  }

  /** The features, with built-in functions of the test's own for those that the device lacks. */
  static Features features(Feature... used) {
    ComputeDevice info = any().info();
    Features own = Features.of(Arrays.stream(used).filter(f -> info.extensions().contains(f.extension())).map(Feature::toString)
        .collect(Collectors.joining(",")), info);
    try (InputStream in = Devices.class.getResourceAsStream("emulation.cl")) {
      return new Features(Set.of(used), own.standard(), own.prelude() + new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As the device is, and with what other devices run: tiles, rows shared by many work items, memory that the processor cannot reach. */
  static Backends variants() {
    Tuning tuning = tuning();
    return new Backends(backend(tuning.withTiled(false), Features.NONE),
        backend(apart(any()), tuning.withTiled(true).withGemv(16, 2), Features.NONE, cache()));
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
