package io.mvlm.kernels.codegen;

import io.mvlm.core.RotaryEmbedding.Pairing;
import io.mvlm.kernels.cpu.Backends;
import io.mvlm.kernels.cpu.RotationChecks;
import io.mvlm.kernels.cpu.RotationContract;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@EnabledIf("io.mvlm.kernels.codegen.Tiers#isX86")
class RotationTest extends RotationContract {
  @Override
  protected Backends open() {
    return Tiers.backends();
  }

  /** Behind whole vectors, any of them may be left. */
  @ParameterizedTest
  @EnumSource
  void everyCountOfPairs(Pairing pairing) {
    RotationChecks checks = new RotationChecks(backends(), 2);
    for (int rotated = 0; rotated <= 80; rotated += 2) {
      checks.rotate(pairing, 3, 80, rotated, 1);
    }
  }
}
