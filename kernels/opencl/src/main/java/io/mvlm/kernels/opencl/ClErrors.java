package io.mvlm.kernels.opencl;

import io.mvlm.core.BackendUnavailableException;
import java.util.Map;

/** What OpenCL's error codes mean. */
final class ClErrors {
  private static final Map<Integer, String> NAMES = Map.ofEntries(
      Map.entry(-1, "DEVICE_NOT_FOUND"), Map.entry(-2, "DEVICE_NOT_AVAILABLE"), Map.entry(-3, "COMPILER_NOT_AVAILABLE"),
      Map.entry(-4, "MEM_OBJECT_ALLOCATION_FAILURE"), Map.entry(-5, "OUT_OF_RESOURCES"), Map.entry(-6, "OUT_OF_HOST_MEMORY"),
      Map.entry(-11, "BUILD_PROGRAM_FAILURE"), Map.entry(-12, "MAP_FAILURE"), Map.entry(-14, "EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST"),
      Map.entry(-30, "INVALID_VALUE"), Map.entry(-33, "INVALID_DEVICE"), Map.entry(-34, "INVALID_CONTEXT"),
      Map.entry(-36, "INVALID_COMMAND_QUEUE"), Map.entry(-38, "INVALID_MEM_OBJECT"), Map.entry(-42, "INVALID_BINARY"),
      Map.entry(-43, "INVALID_BUILD_OPTIONS"), Map.entry(-44, "INVALID_PROGRAM"), Map.entry(-45, "INVALID_PROGRAM_EXECUTABLE"),
      Map.entry(-46, "INVALID_KERNEL_NAME"), Map.entry(-48, "INVALID_KERNEL"), Map.entry(-49, "INVALID_ARG_INDEX"),
      Map.entry(-51, "INVALID_ARG_SIZE"), Map.entry(-52, "INVALID_KERNEL_ARGS"), Map.entry(-54, "INVALID_WORK_GROUP_SIZE"),
      Map.entry(-55, "INVALID_WORK_ITEM_SIZE"), Map.entry(-61, "INVALID_BUFFER_SIZE"), Map.entry(-63, "INVALID_GLOBAL_WORK_SIZE"),
      Map.entry(-1001, "PLATFORM_NOT_FOUND"));

  private ClErrors() {}

  static String name(int code) {
    return NAMES.containsKey(code) ? "CL_" + NAMES.get(code) : "OpenCL error " + code;
  }

  /**
   * @param action what was tried, for example {@code "reading from GeForce"}
   * @throws BackendUnavailableException unless {@code code} is CL_SUCCESS: the device is lost, or its driver refuses
   */
  static void check(int code, String action) {
    if (code != 0) {
      throw new BackendUnavailableException("the OpenCL device failed while " + action + ": " + name(code)
          + "; if it does so again, use another --backend");
    }
  }
}
