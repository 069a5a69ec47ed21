package io.mvlm.kernels.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.Backend;
import io.mvlm.core.BackendProvider;
import io.mvlm.core.BackendUnavailableException;
import io.mvlm.core.ComputeDevice;
import java.util.Arrays;
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

  private static OpenClDevice called(int index, String name) {
    return new OpenClDevice(1, index, new ComputeDevice(index, "Platform 7", name, "GPU", "OpenCL 3.0", "1", 8, 1 << 30, 1 << 28, false,
        List.of()), new OpenClDevice.Limits(256, 32 << 10, true, false));
  }

  @Test
  void aNumberThatNoDeviceHasIsAPartOfAName() {
    List<OpenClDevice> all = List.of(called(0, "GeForce RTX 3090"), called(1, "Mali-G610"));
    assertEquals("GeForce RTX 3090", OpenClDevices.choose(all, "3090").info().name());
    assertEquals("Mali-G610", OpenClDevices.choose(all, "610").info().name());
    assertEquals("GeForce RTX 3090", OpenClDevices.choose(all, "0").info().name());
    assertEquals("Mali-G610", OpenClDevices.choose(all, "1").info().name());
    for (String none : new String[] {"2", "61", "", " "}) {
      assertThrows(BackendUnavailableException.class, () -> OpenClDevices.choose(all, none), none);
    }
    for (String unclear : List.of("2", "7")) {
      String message = assertThrows(BackendUnavailableException.class, () -> OpenClDevices.choose(all, unclear)).getMessage();
      assertTrue(message.contains("'" + unclear + "'") && message.contains("1 = Mali-G610"), message);
    }
  }

  /** Platforms 1 and 2 have the devices 10, 11 and 20, 21. */
  private static OpenClDevices.Drivers broken(long... handles) {
    return new OpenClDevices.Drivers() {
      private void fail(long handle) {
        if (Arrays.stream(handles).anyMatch(h -> h == handle)) {
          throw new BackendUnavailableException(handle + " is broken");
        }
      }

      @Override
      long[] devices(long platform) {
        fail(platform);
        return new long[] {10 * platform, 10 * platform + 1};
      }

      @Override
      OpenClDevice describe(int index, long platform, long device) {
        fail(device);
        return called(index, "device " + device);
      }
    };
  }

  private static List<String> found(OpenClDevices.Drivers drivers) {
    return OpenClDevices.all(drivers, 1, 2).stream().map(d -> d.info().index() + " " + d.info().name()).toList();
  }

  @Test
  void aBrokenDriverHidesNoOtherDevice() {
    assertEquals(List.of("0 device 10", "1 device 11", "2 device 20", "3 device 21"), found(broken()));
    assertEquals(List.of("0 device 11", "1 device 20"), found(broken(10, 21)));
    assertEquals(List.of("0 device 20", "1 device 21"), found(broken(1)));
    assertEquals("2 is broken", assertThrows(BackendUnavailableException.class, () -> found(broken(1, 2))).getMessage());
    assertEquals("21 is broken", assertThrows(BackendUnavailableException.class, () -> found(broken(10, 11, 20, 21))).getMessage());
    assertTrue(assertThrows(BackendUnavailableException.class, () -> OpenClDevices.all(broken())).getMessage().contains("JetPack"));
  }

  @Test
  void aMissingLoaderIsSaidWithWhatHelps() {
    String message = OpenClLibrary.missing("no libOpenCL.so");
    assertTrue(message.contains("no libOpenCL.so") && message.contains("pocl-opencl-icd") && message.contains("JetPack"), message);
    assertEquals(1, message.lines().count());
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
