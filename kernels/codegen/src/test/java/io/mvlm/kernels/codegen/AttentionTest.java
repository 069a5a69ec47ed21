package io.mvlm.kernels.codegen;

import io.mvlm.kernels.cpu.AttentionContract;
import io.mvlm.kernels.cpu.Backends;
import org.junit.jupiter.api.condition.EnabledIf;

@EnabledIf("io.mvlm.kernels.codegen.Tiers#isX86")
class AttentionTest extends AttentionContract {
  @Override
  protected Backends open() {
    return Tiers.backends();
  }

  @Override
  protected int[] sizesOfHeads() {
    return new int[] {1, 2, 7, 8, 9, 13, 20, 33, 64, 80, 128};
  }

  /** Around panels and spans. */
  @Override
  protected int[] rows() {
    return new int[] {1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 65, 127, 128, 129, 200, 257};
  }
}
