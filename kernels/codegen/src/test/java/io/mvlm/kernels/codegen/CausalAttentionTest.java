package io.mvlm.kernels.codegen;

import io.mvlm.kernels.cpu.Backends;
import io.mvlm.kernels.cpu.CausalAttentionContract;
import org.junit.jupiter.api.condition.EnabledIf;

@EnabledIf("io.mvlm.kernels.codegen.Tiers#isX86")
class CausalAttentionTest extends CausalAttentionContract {
  @Override
  protected Backends open() {
    return Tiers.backends();
  }
}
