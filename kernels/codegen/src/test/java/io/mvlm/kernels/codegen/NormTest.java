package io.mvlm.kernels.codegen;

import io.mvlm.kernels.cpu.Backends;
import io.mvlm.kernels.cpu.NormContract;
import java.util.stream.IntStream;
import org.junit.jupiter.api.condition.EnabledIf;

@EnabledIf("io.mvlm.kernels.codegen.Tiers#isX86")
class NormTest extends NormContract {
  @Override
  protected Backends open() {
    return Tiers.backends();
  }

  @Override
  protected IntStream columns() {
    return IntStream.rangeClosed(1, 132);
  }
}
