package io.mvlm.kernels.opencl;

import static org.lwjgl.opencl.CL10.CL_DEVICE_EXTENSIONS;
import static org.lwjgl.opencl.CL10.CL_DEVICE_GLOBAL_MEM_SIZE;
import static org.lwjgl.opencl.CL10.CL_DEVICE_LOCAL_MEM_SIZE;
import static org.lwjgl.opencl.CL10.CL_DEVICE_LOCAL_MEM_TYPE;
import static org.lwjgl.opencl.CL10.CL_DEVICE_MAX_COMPUTE_UNITS;
import static org.lwjgl.opencl.CL10.CL_DEVICE_MAX_MEM_ALLOC_SIZE;
import static org.lwjgl.opencl.CL10.CL_DEVICE_MAX_WORK_GROUP_SIZE;
import static org.lwjgl.opencl.CL10.CL_DEVICE_MAX_WORK_ITEM_DIMENSIONS;
import static org.lwjgl.opencl.CL10.CL_DEVICE_MAX_WORK_ITEM_SIZES;
import static org.lwjgl.opencl.CL10.CL_DEVICE_NAME;
import static org.lwjgl.opencl.CL10.CL_DEVICE_TYPE;
import static org.lwjgl.opencl.CL10.CL_DEVICE_TYPE_ACCELERATOR;
import static org.lwjgl.opencl.CL10.CL_DEVICE_TYPE_ALL;
import static org.lwjgl.opencl.CL10.CL_DEVICE_TYPE_CPU;
import static org.lwjgl.opencl.CL10.CL_DEVICE_TYPE_GPU;
import static org.lwjgl.opencl.CL10.CL_DEVICE_VERSION;
import static org.lwjgl.opencl.CL10.CL_DRIVER_VERSION;
import static org.lwjgl.opencl.CL10.CL_LOCAL;
import static org.lwjgl.opencl.CL10.CL_PLATFORM_NAME;
import static org.lwjgl.opencl.CL10.clGetDeviceIDs;
import static org.lwjgl.opencl.CL10.clGetPlatformIDs;
import static org.lwjgl.opencl.CL10.nclGetDeviceInfo;
import static org.lwjgl.opencl.CL10.nclGetPlatformInfo;
import static org.lwjgl.opencl.CL11.CL_DEVICE_HOST_UNIFIED_MEMORY;

import io.mvlm.core.BackendUnavailableException;
import io.mvlm.core.ComputeDevice;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.lwjgl.PointerBuffer;
import org.lwjgl.system.MemoryStack;
import org.lwjgl.system.MemoryUtil;
import org.lwjgl.system.Pointer;

/** Finds the OpenCL devices of this machine, and one among them by number or name. */
final class OpenClDevices {
  private static final String NOTHING = "the OpenCL loader finds no device: install the driver of the GPU, or PoCL (Debian:"
      + " pocl-opencl-icd). " + OpenClLibrary.JETPACK;

  /** Work items of a group that are worth having. */
  private static final int MOST_ITEMS = 1024;

  private OpenClDevices() {}

  /** All devices, in the order of platforms. @throws BackendUnavailableException if there is no OpenCL loader, or it finds no device */
  static List<OpenClDevice> all() {
    OpenClLibrary.load();
    return all(new Drivers(), platforms());
  }

  /** Those of {@code platforms} whose driver answers. */
  static List<OpenClDevice> all(Drivers drivers, long... platforms) {
    List<OpenClDevice> devices = new ArrayList<>();
    BackendUnavailableException broken = null;
    for (long platform : platforms) {
      long[] handles = {};
      try {
        handles = drivers.devices(platform);
      } catch (BackendUnavailableException e) {
        broken = e;
      }
      for (long device : handles) {
        try {
          devices.add(drivers.describe(devices.size(), platform, device));
        } catch (BackendUnavailableException e) {
          broken = e;
        }
      }
    }
    if (devices.isEmpty()) {
      throw broken != null ? broken : new BackendUnavailableException(NOTHING);
    }
    return List.copyOf(devices);
  }

  /** What the drivers of this machine say; each may fail with {@link BackendUnavailableException}. */
  static class Drivers {
    long[] devices(long platform) {
      return OpenClDevices.devices(platform);
    }

    OpenClDevice describe(int index, long platform, long device) {
      return OpenClDevices.describe(index, platform, device);
    }
  }

  /**
   * @param wanted the number of a device, a part of a name or platform in any case, or null for the first GPU, else the first device
   * @throws BackendUnavailableException if none fits, or several do
   */
  static OpenClDevice choose(String wanted) {
    return choose(all(), wanted);
  }

  static OpenClDevice choose(List<OpenClDevice> all, String wanted) {
    if (wanted == null) {
      return all.stream().filter(d -> d.info().kind().equals("GPU")).findFirst().orElse(all.getFirst());
    }
    if (wanted.matches("\\d{1,4}") && Integer.parseInt(wanted) < all.size()) {
      return all.get(Integer.parseInt(wanted));
    }
    // One or two digits are a number, a wrong one here, though many a name contains them; more may be that of a model. Nothing at all names none.
    boolean name = !wanted.isBlank() && !wanted.matches("\\d{1,2}");
    String part = wanted.toLowerCase(Locale.ROOT);
    List<OpenClDevice> fitting = all.stream().filter(d -> name && name(d).toLowerCase(Locale.ROOT).contains(part)).toList();
    if (fitting.size() != 1) {
      throw new BackendUnavailableException((fitting.isEmpty() ? "no OpenCL device is numbered or" : "several OpenCL devices are")
          + " called '" + wanted + "'; there are " + names(all));
    }
    return fitting.getFirst();
  }

  private static String name(OpenClDevice device) {
    return device.info().name() + " (" + device.info().platform() + ")";
  }

  private static String names(List<OpenClDevice> devices) {
    return devices.stream().map(d -> d.info().index() + " = " + name(d)).collect(Collectors.joining(", "));
  }

  private static long[] platforms() {
    try (MemoryStack stack = MemoryStack.stackPush()) {
      IntBuffer count = stack.mallocInt(1);
      // The loader calls it an error if it knows no driver.
      if (clGetPlatformIDs(null, count) != 0 || count.get(0) == 0) {
        return new long[0];
      }
      PointerBuffer ids = stack.mallocPointer(count.get(0));
      ClErrors.check(clGetPlatformIDs(ids, (IntBuffer) null), "listing platforms");
      return handles(ids);
    }
  }

  private static long[] devices(long platform) {
    try (MemoryStack stack = MemoryStack.stackPush()) {
      IntBuffer count = stack.mallocInt(1);
      if (clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, null, count) != 0 || count.get(0) == 0) {
        return new long[0]; // a driver without a device of its own
      }
      PointerBuffer ids = stack.mallocPointer(count.get(0));
      ClErrors.check(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, ids, (IntBuffer) null), "listing devices");
      return handles(ids);
    }
  }

  private static long[] handles(PointerBuffer ids) {
    long[] handles = new long[ids.remaining()];
    ids.get(handles);
    return handles;
  }

  private static OpenClDevice describe(int index, long platform, long device) {
    long type = number(device, CL_DEVICE_TYPE);
    String kind = (type & CL_DEVICE_TYPE_GPU) != 0 ? "GPU" : (type & CL_DEVICE_TYPE_CPU) != 0 ? "CPU"
        : (type & CL_DEVICE_TYPE_ACCELERATOR) != 0 ? "accelerator" : "other";
    ComputeDevice info = new ComputeDevice(index, platformName(platform), text(device, CL_DEVICE_NAME), kind,
        text(device, CL_DEVICE_VERSION), text(device, CL_DRIVER_VERSION), (int) number(device, CL_DEVICE_MAX_COMPUTE_UNITS),
        number(device, CL_DEVICE_GLOBAL_MEM_SIZE), number(device, CL_DEVICE_MAX_MEM_ALLOC_SIZE),
        number(device, CL_DEVICE_HOST_UNIFIED_MEMORY) != 0, List.of(text(device, CL_DEVICE_EXTENSIONS).split(" +")));
    int workGroup = (int) Math.min(MOST_ITEMS, Math.min(number(device, CL_DEVICE_MAX_WORK_GROUP_SIZE), itemsOfPlane(device)));
    return new OpenClDevice(platform, device, info, new OpenClDevice.Limits(workGroup, number(device, CL_DEVICE_LOCAL_MEM_SIZE),
        number(device, CL_DEVICE_LOCAL_MEM_TYPE) == CL_LOCAL, kind.equals("CPU")));
  }

  /** What each of the first two dimensions of a work group may have; the kernels' third is 1. */
  private static long itemsOfPlane(long device) {
    int dimensions = (int) number(device, CL_DEVICE_MAX_WORK_ITEM_DIMENSIONS);
    try (MemoryStack stack = MemoryStack.stackPush()) {
      PointerBuffer sizes = stack.mallocPointer(dimensions);
      ClErrors.check(nclGetDeviceInfo(device, CL_DEVICE_MAX_WORK_ITEM_SIZES, (long) dimensions * Pointer.POINTER_SIZE,
          MemoryUtil.memAddress(sizes), 0), "describing a device");
      return Math.min(sizes.get(0), sizes.get(1));
    }
  }

  private interface Query {
    int ask(long size, long value, long sizeReturned);
  }

  private static String platformName(long platform) {
    return text((size, value, returned) -> nclGetPlatformInfo(platform, CL_PLATFORM_NAME, size, value, returned));
  }

  private static String text(long device, int parameter) {
    return text((size, value, returned) -> nclGetDeviceInfo(device, parameter, size, value, returned));
  }

  private static String text(Query query) {
    try (MemoryStack stack = MemoryStack.stackPush()) {
      PointerBuffer size = stack.mallocPointer(1);
      ClErrors.check(query.ask(0, 0, MemoryUtil.memAddress(size)), "describing a device");
      ByteBuffer bytes = MemoryUtil.memAlloc((int) size.get(0));
      try {
        ClErrors.check(query.ask(bytes.remaining(), MemoryUtil.memAddress(bytes), 0), "describing a device");
        return StandardCharsets.UTF_8.decode(bytes).toString().replace("\0", "").strip();
      } finally {
        MemoryUtil.memFree(bytes);
      }
    }
  }

  /** A number of whatever width the driver gives it. */
  private static long number(long device, int parameter) {
    try (MemoryStack stack = MemoryStack.stackPush()) {
      long value = MemoryUtil.memAddress(stack.longs(0)); // little-endian: a narrower answer fills the lower bytes
      ClErrors.check(nclGetDeviceInfo(device, parameter, Long.BYTES, value, 0), "describing a device");
      return MemoryUtil.memGetLong(value);
    }
  }
}
