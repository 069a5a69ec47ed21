package io.mvlm.kernels.cpu;

import io.mvlm.core.RotaryEmbedding.Pairing;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RotationTest {
  private static final Backends BACKENDS = new Backends();

  @AfterAll
  static void close() {
    BACKENDS.close();
  }

  @ParameterizedTest
  @EnumSource
  void wholeAndPartialHeads(Pairing pairing) {
    RotationChecks checks = new RotationChecks(BACKENDS, 1);
    checks.rotate(pairing, 4, 64, 64, 1);
    checks.rotate(pairing, 3, 80, 20, 1);
    checks.rotate(pairing, 2, 33, 32, 1);
    checks.rotate(pairing, 1, 8, 2, 1);
    checks.rotate(pairing, 2, 16, 0, 1);
    checks.rotate(pairing, 2, 64, 64, 1.25f);
  }
}
