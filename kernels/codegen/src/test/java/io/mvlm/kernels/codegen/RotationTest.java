package io.mvlm.kernels.codegen;

import io.mvlm.core.RotaryEmbedding.Pairing;
import io.mvlm.kernels.cpu.Backends;
import io.mvlm.kernels.cpu.RotationChecks;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rotary embedding in every tier, with every count of pairs behind whole vectors. */
@EnabledIf("io.mvlm.kernels.codegen.Tiers#isX86")
class RotationTest {
  private static Backends backends;

  @BeforeAll
  static void open() {
    backends = LinearTest.backends();
  }

  @AfterAll
  static void close() {
    backends.close();
  }

  @ParameterizedTest
  @EnumSource
  void wholeAndPartialHeads(Pairing pairing) {
    RotationChecks checks = new RotationChecks(backends, 1);
    for (int rotated = 0; rotated <= 80; rotated += 2) {
      checks.rotate(pairing, 3, 80, rotated, 1);
    }
    checks.rotate(pairing, 2, 33, 32, 1);
    checks.rotate(pairing, 2, 128, 128, 1.25f);
  }
}
