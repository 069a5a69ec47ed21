package io.mvlm.kernels.cpu;

import io.mvlm.core.RotaryEmbedding.Pairing;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rotary position embedding. */
public abstract class RotationContract extends BackendContract {
  @ParameterizedTest
  @EnumSource
  void wholeAndPartialHeads(Pairing pairing) {
    RotationChecks checks = new RotationChecks(backends(), 1);
    checks.rotate(pairing, 4, 64, 64, 1);
    checks.rotate(pairing, 3, 80, 20, 1);
    checks.rotate(pairing, 2, 33, 32, 1);
    checks.rotate(pairing, 1, 8, 2, 1);
    checks.rotate(pairing, 1, 2, 2, 1);
    checks.rotate(pairing, 2, 16, 0, 1);
    checks.rotate(pairing, 2, 64, 64, 1.25f);
    checks.rotate(pairing, 2, 80, 20, 1.5f);
    checks.rotate(pairing, 2, 128, 128, 1.25f);
  }
}
