package io.mvlm.kernels.codegen;

import io.mvlm.kernels.cpu.CeilingsContract;
import io.mvlm.kernels.cpu.CpuKernels;
import io.mvlm.kernels.cpu.ScalarKernels;
import java.util.List;
import org.junit.jupiter.api.condition.EnabledIf;

@EnabledIf("io.mvlm.kernels.codegen.Tiers#isX86")
class CeilingsTest extends CeilingsContract {
  @Override
  protected List<CpuKernels> kernels() {
    return Tiers.here().stream().<CpuKernels>map(tier -> new CodegenKernels(tier, new ScalarKernels())).toList();
  }

  @Override
  protected List<CpuKernels> measured() {
    return kernels().subList(0, 1);
  }
}
