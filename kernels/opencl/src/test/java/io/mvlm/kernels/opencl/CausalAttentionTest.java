package io.mvlm.kernels.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.mvlm.core.Backend;
import io.mvlm.core.KvCache;
import io.mvlm.core.TensorType;
import io.mvlm.kernels.cpu.Backends;
import io.mvlm.kernels.cpu.CausalAttentionContract;
import io.mvlm.kernels.cpu.CausalChecks;
import io.mvlm.kernels.cpu.CausalChecks.Portion;
import io.mvlm.kernels.cpu.CausalChecks.Sequence;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CausalAttentionTest extends CausalAttentionContract {
  @Override
  protected Backends open() {
    return Devices.variants();
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "F32"})
  void roomDoublesAndKeepsWhatItHolds(TensorType type) {
    KvCache.Spec spec = new KvCache.Spec(2, 2, 20, 1000, type);
    Sequence sequence = new Sequence(spec, 2, 530, 1);
    Backend backend = backends().all().getFirst();
    try (KvCache cache = backend.newKvCache(spec)) {
      CausalChecks.advance(backend, new Portion(sequence, cache, 1));
      assertEquals(spec.byteSize(256), cache.byteSize());
      CausalChecks.advance(backend, new Portion(sequence, cache, 260));
      assertEquals(spec.byteSize(512), cache.byteSize());
      CausalChecks.continueWith(backend, sequence, cache, 100);
      assertEquals(spec.byteSize(1024), cache.byteSize());
    }
  }
}
