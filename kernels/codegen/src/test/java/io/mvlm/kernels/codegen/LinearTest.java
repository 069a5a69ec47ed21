package io.mvlm.kernels.codegen;

import io.mvlm.core.TensorType;
import io.mvlm.kernels.cpu.Backends;
import io.mvlm.kernels.cpu.InputRounding;
import io.mvlm.kernels.cpu.LinearChecks;
import io.mvlm.kernels.cpu.LinearContract;
import java.util.stream.IntStream;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@EnabledIf("io.mvlm.kernels.codegen.Tiers#isX86")
class LinearTest extends LinearContract {
  @Override
  protected Backends open() {
    return Tiers.backends();
  }

  @Override
  protected int[] tokens() {
    return new int[] {0, 1, 2, 3, 4, 5, 12, 13, 14, 16, 17, 33, 66};
  }

  @Override
  protected InputRounding rounding() {
    return new CodegenRounding();
  }

  @ParameterizedTest
  @EnumSource
  void everyCountOfTokens(TensorType type) {
    LinearChecks checks = checks(type.id() + 500);
    IntStream.rangeClosed(1, 40).forEach(tokens -> checks.product(type, tokens));
  }

  @ParameterizedTest
  @EnumSource
  void valuesThatTakeThePrecisionOfOthers(TensorType type) {
    LinearChecks checks = checks(type.id() + 700);
    for (int tokens : new int[] {1, 3, 4, 13, 14, 33}) {
      checks.spikes(type, tokens);
    }
  }
}
