package io.mvlm.kernels.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.mvlm.core.Backend;
import io.mvlm.core.KvCache;
import io.mvlm.core.TensorType;
import io.mvlm.kernels.cpu.Backends;
import io.mvlm.kernels.cpu.CausalChecks;
import io.mvlm.kernels.cpu.CausalChecks.Portion;
import io.mvlm.kernels.cpu.CausalChecks.Sequence;
import io.mvlm.kernels.cpu.NonFiniteChecks;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Attention over caches that grow, shrink, and are copied. */
class KvCacheTest {
  private static Backends backends;

  @BeforeAll
  static void open() {
    backends = Devices.variants();
  }

  @AfterAll
  static void close() {
    if (backends != null) {
      backends.close();
    }
  }

  @ParameterizedTest
  @CsvSource({"F16, 8, 1", "F16, 33, 4", "F16, 64, 3", "F32, 20, 1", "F32, 80, 3", "F16, 1, 2"})
  void inOneBatchTokenByTokenAndInChunks(TensorType type, int headSize, int group) {
    CausalChecks checks = new CausalChecks(backends);
    Sequence sequence = new Sequence(new KvCache.Spec(2, 2, headSize, 150, type), group, 70, headSize);
    for (int portion : new int[] {70, 1, 7, 33}) {
      checks.run(sequence, portion);
    }
  }

  @ParameterizedTest
  @CsvSource({"F16, 1e5", "F16, NaN", "F32, Infinity", "F32, NaN"})
  void rowsDoNotSeeLaterOnes(TensorType type, float value) {
    new NonFiniteChecks(backends).rowsDoNotSeeLaterOnes(type, value);
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "F32"})
  void growsWithPositionsAndKeepsThem(TensorType type) {
    KvCache.Spec spec = new KvCache.Spec(2, 2, 20, 1000, type);
    Sequence sequence = new Sequence(spec, 2, 530, 1);
    Backend backend = backends.all().getFirst();
    try (KvCache cache = backend.newKvCache(spec)) {
      assertEquals(0, cache.byteSize());
      CausalChecks.advance(backend, new Portion(sequence, cache, 1));
      assertEquals(spec.byteSize(256), cache.byteSize());
      CausalChecks.advance(backend, new Portion(sequence, cache, 260));
      assertEquals(spec.byteSize(512), cache.byteSize());
      CausalChecks.continueWith(backend, sequence, cache, 100);
      assertEquals(spec.byteSize(1024), cache.byteSize());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "F32"})
  void severalSequencesInOneBatch(TensorType type) {
    KvCache.Spec spec = new KvCache.Spec(2, 2, 20, 300, type);
    Sequence a = new Sequence(spec, 3, 280, 1);
    Sequence b = new Sequence(spec, 3, 60, 2);
    Backend backend = backends.all().getFirst();
    try (KvCache ca = backend.newKvCache(spec); KvCache cb = backend.newKvCache(spec)) {
      CausalChecks.advance(backend, new Portion(a, ca, 250), new Portion(b, cb, 1));
      CausalChecks.advance(backend, new Portion(a, ca, 1), new Portion(b, cb, 1));
      CausalChecks.advance(backend, new Portion(b, cb, 50), new Portion(a, ca, 20));
    }
  }

  @ParameterizedTest
  @CsvSource({"F16, 0", "F16, 17", "F16, 256", "F32, 17"})
  void truncatedAndContinuedDifferently(TensorType type, int kept) {
    KvCache.Spec spec = new KvCache.Spec(2, 1, 16, 300, type);
    Sequence first = new Sequence(spec, 2, 290, 5);
    Sequence other = new Sequence(spec, 2, 290, 6);
    Backend backend = backends.all().getFirst();
    try (KvCache cache = backend.newKvCache(spec)) {
      CausalChecks.advance(backend, new Portion(other, cache, kept + 20));
      cache.truncate(0);
      CausalChecks.continueWith(backend, first, cache, 145);
      cache.truncate(kept);
      assertEquals(kept, cache.length());
      CausalChecks.advance(backend, new Portion(first, cache, 3));
      CausalChecks.continueWith(backend, first, cache, 290);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "F32"})
  void forksGoOnIndependently(TensorType type) {
    KvCache.Spec spec = new KvCache.Spec(2, 2, 8, 600, type);
    Sequence sequence = new Sequence(spec, 1, 290, 7);
    Sequence other = new Sequence(spec, 1, 290, 8);
    Backend backend = backends.all().getFirst();
    KvCache cache = backend.newKvCache(spec);
    CausalChecks.advance(backend, new Portion(sequence, cache, 270));
    try (KvCache fork = cache.fork()) {
      assertEquals(270, fork.length());
      fork.truncate(0);
      CausalChecks.advance(backend, new Portion(other, fork, 280));
      CausalChecks.advance(backend, new Portion(sequence, cache, 1));
    }
    try (KvCache fork = cache.fork()) {
      cache.close();
      CausalChecks.continueWith(backend, sequence, fork, 30);
    }
    try (KvCache empty = backend.newKvCache(spec); KvCache fork = empty.fork()) {
      assertEquals(0, fork.byteSize());
    }
  }
}
