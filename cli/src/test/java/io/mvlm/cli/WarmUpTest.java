package io.mvlm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

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
    assertEquals(WarmUp.ROUNDS, new WarmUp().run(LoadOptions.defaults().withBackend("vector"), EnumSet.allOf(TensorType.class)));
  }

  @Test
  void onlyWhereTheVectorApiMayServe() {
    LoadOptions options = LoadOptions.defaults();
    assertSame(WarmUp.NONE, WarmUp.start(options.withBackend("scalar")));
    assertSame(WarmUp.NONE, WarmUp.start(options.withBackend("opencl")));
    assertSame(WarmUp.NONE, WarmUp.start(options.withDevice("0")));
  }

  @Test
  void endsWhenClosed() {
    WarmUp warmUp = new WarmUp();
    warmUp.close();
    assertEquals(0, warmUp.run(LoadOptions.defaults().withBackend("vector"), Set.of(TensorType.F16)));
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "F32"})
  void everyTypeOfCache(TensorType type) {
    assertEquals(WarmUp.ROUNDS, new WarmUp().run(LoadOptions.defaults().withBackend("vector").withKvType(type), Set.of(TensorType.Q4_0)));
  }
}
