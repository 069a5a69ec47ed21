package io.mvlm.kernels.opencl;

import io.mvlm.core.BackendUnavailableException;
import io.mvlm.core.ComputeDevice;

/**
 * A device of this machine.
 *
 * @param platform OpenCL's handle of its platform
 * @param handle OpenCL's handle
 * @param info what {@code mvlm devices} shows
 * @param limits what kernels must keep to
 */
record OpenClDevice(long platform, long handle, ComputeDevice info, Limits limits) {
  /** @throws BackendUnavailableException if it is older than OpenCL 1.2 */
  void requireVersion() {
    if (info.version().matches("OpenCL 1\\.[01]\\b.*")) {
      throw new BackendUnavailableException(info.name() + " speaks " + info.version()
          + ", expected OpenCL 1.2 or later: look for a newer driver");
    }
  }

  /**
   * @param workGroup work items of a group, and of each of its dimensions, at most
   * @param localBytes local memory of a group
   * @param localIsFast whether that is memory of its own, not a part of global memory
   * @param processor whether it is a CPU, whose work items run one after the other
   */
  record Limits(int workGroup, long localBytes, boolean localIsFast, boolean processor) {}
}
