package io.mvlm.kernels.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.Backend;
import io.mvlm.core.BackendProvider;
import io.mvlm.core.BackendUnavailableException;
import io.mvlm.core.ComputeDevice;
import java.util.List;
import java.util.Locale;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

/** What devices there are, and which of them is taken. */
class OpenClDevicesTest {
  private static BackendProvider provider() {
    return ServiceLoader.load(BackendProvider.class).stream().map(ServiceLoader.Provider::get).filter(p -> p.name().equals("opencl"))
        .findFirst().orElseThrow();
  }

  @Test
  void devicesAreDescribed() {
    Devices.any();
    List<ComputeDevice> devices = provider().devices();
    for (int i = 0; i < devices.size(); i++) {
      ComputeDevice device = devices.get(i);
      assertEquals(i, device.index());
      assertFalse(device.name().isBlank());
      assertFalse(device.platform().isBlank());
      assertTrue(device.version().startsWith("OpenCL "), device.version());
      assertTrue(device.memoryBytes() > 0 && device.largestBufferBytes() > 0 && device.largestBufferBytes() <= device.memoryBytes(),
          device.toString());
      assertTrue(device.computeUnits() > 0);
    }
  }

  @Test
  void oneIsChosenByNumberOrPartOfItsName() {
    OpenClDevice first = Devices.any();
    String number = Integer.toString(first.info().index());
    assertEquals(first.info(), OpenClDevices.choose(number).info());
    if (OpenClDevices.all().size() == 1) {
      assertEquals(first.info(), OpenClDevices.choose(first.info().name().toUpperCase(Locale.ROOT)).info());
      assertEquals(first.info(), OpenClDevices.choose(first.info().platform().substring(2)).info());
    }
    for (String unknown : List.of("999", "no such device")) {
      String message = assertThrows(BackendUnavailableException.class, () -> OpenClDevices.choose(unknown)).getMessage();
      assertTrue(message.contains(unknown) && message.contains(first.info().name()), message);
    }
    try (Backend backend = provider().create(new BackendProvider.Options(1, false, number))) {
      assertTrue(backend.description().contains(first.info().name()), backend.description());
    }
  }

  @Test
  void driversThatAreTooOldAreRefused() {
    for (String version : List.of("OpenCL 1.0 x", "OpenCL 1.1")) {
      String message = assertThrows(BackendUnavailableException.class, speaking(version)::requireVersion).getMessage();
      assertTrue(message.contains(version) && message.contains("OpenCL 1.2"), message);
    }
    for (String version : List.of("OpenCL 1.2 x", "OpenCL 2.1", "OpenCL 3.0 y", "OpenCL 11.0")) {
      speaking(version).requireVersion();
    }
  }

  private static OpenClDevice speaking(String version) {
    return new OpenClDevice(1, 2, new ComputeDevice(0, "platform", "name", "GPU", version, "1", 8, 1 << 30, 1 << 28, false, List.of()),
        new OpenClDevice.Limits(256, 32 << 10, true, false));
  }

  @Test
  void nobodyGetsItWithoutAsking() {
    assertTrue(provider().priority() < 0);
  }
}
