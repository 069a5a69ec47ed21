package io.mvlm.kernels.opencl;

import io.mvlm.core.Nonlinearity;
import io.mvlm.core.TensorType;
import io.mvlm.kernels.cpu.AttentionChecks;
import io.mvlm.kernels.cpu.Backends;
import io.mvlm.kernels.cpu.LinearChecks;
import io.mvlm.kernels.cpu.NormChecks;
import io.mvlm.kernels.cpu.PointwiseChecks;
import io.mvlm.kernels.cpu.TopChecks;
import org.junit.jupiter.api.Test;

/** Devices, and kernels, that do not allow the groups that others do. */
class WorkGroupTest {
  /** Some devices allow no more than one work item in a group. */
  @Test
  void groupsOfOneItem() {
    OpenClDevice.Limits limits = Devices.any().limits();
    Tuning tuning = Tuning.of(new OpenClDevice.Limits(1, limits.localBytes(), limits.localIsFast(), limits.processor()));
    try (Backends one = new Backends(Devices.backend(tuning, Features.NONE))) {
      new NormChecks(one, 1).layerNorm(3, 77, 1, 0);
      new NormChecks(one, 2).rmsNorm(3, 77, 1);
      new AttentionChecks(one, 3).attention(17, 2, 20, 1);
      new TopChecks(one, 4).ties(2500, 5);
      new LinearChecks(one, 5).product(TensorType.Q4_0, 1);
      new LinearChecks(one, 6).epilogues(TensorType.Q4_0, 9, Nonlinearity.SILU);
      new PointwiseChecks(one, 7).gatedSilu(3, 65);
    }
  }

  /** What a kernel's registers do not suffice for is asked of the driver; here it is the device that allows fewer. */
  @Test
  void groupsThatAreTooHighForAKernel() {
    int rows = 1 << 17;
    for (int lanes : new int[] {1, 16}) {
      try (Backends high = new Backends(Devices.backend(Devices.tuning().withTiled(false).withGemv(lanes, rows / lanes / lanes)
          .withDirect(8, rows), Features.NONE))) {
        new LinearChecks(high, 5).product(TensorType.Q4_0, 1);
        new LinearChecks(high, 6).product(TensorType.Q4_0, 9);
      }
    }
  }
}
