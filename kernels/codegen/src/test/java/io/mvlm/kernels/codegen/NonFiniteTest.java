package io.mvlm.kernels.codegen;

import io.mvlm.kernels.cpu.Backends;
import io.mvlm.kernels.cpu.NonFiniteContract;
import org.junit.jupiter.api.condition.EnabledIf;

@EnabledIf("io.mvlm.kernels.codegen.Tiers#isX86")
class NonFiniteTest extends NonFiniteContract {
  @Override
  protected Backends open() {
    return Tiers.backends();
  }
}
