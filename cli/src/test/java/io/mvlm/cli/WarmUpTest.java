package io.mvlm.cli;

import io.mvlm.core.TensorType;
import io.mvlm.model.LoadOptions;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Nobody hears of a warm-up that fails, so that it comes to its end is seen here. */
class WarmUpTest {
  @Test
  void everyTypeOfMatrix() {
    new WarmUp().run(LoadOptions.defaults().withBackend("vector"), EnumSet.allOf(TensorType.class));
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "F32"})
  void everyTypeOfCache(TensorType type) {
    new WarmUp().run(LoadOptions.defaults().withBackend("vector").withKvType(type), Set.of(TensorType.Q4_0));
  }
}
