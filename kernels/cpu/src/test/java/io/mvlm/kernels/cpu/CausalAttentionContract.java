package io.mvlm.kernels.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.mvlm.core.Backend;
import io.mvlm.core.KvCache;
import io.mvlm.core.TensorType;
import io.mvlm.kernels.cpu.CausalChecks.Portion;
import io.mvlm.kernels.cpu.CausalChecks.Sequence;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** However the rows of a sequence are cut into batches, the results are those of the whole. */
public abstract class CausalAttentionContract extends BackendContract {
  @ParameterizedTest
  @CsvSource({"F16, 8, 1", "F16, 20, 3", "F16, 33, 4", "F16, 64, 3", "F16, 80, 1", "F16, 128, 1", "F32, 8, 4", "F32, 20, 1", "F32, 33, 3",
      "F32, 64, 1", "F32, 80, 3", "F16, 1, 2", "F32, 1, 2"})
  void inOneBatchTokenByTokenAndInChunks(TensorType type, int headSize, int group) {
    Sequence sequence = new Sequence(new KvCache.Spec(2, 2, headSize, 150, type), group, 140, headSize);
    CausalChecks checks = new CausalChecks(backends());
    for (int portion : new int[] {140, 1, 2, 7, 16, 17, 33, 65}) {
      checks.run(sequence, portion);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "F32"})
  void overTheBordersOfPages(TensorType type) {
    Sequence sequence = new Sequence(new KvCache.Spec(1, 1, 20, 600, type), 2, 530, 1);
    CausalChecks checks = new CausalChecks(backends());
    for (int portion : new int[] {530, 100, 1}) {
      checks.run(sequence, portion);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "F32"})
  void severalSequencesInOneBatch(TensorType type) {
    KvCache.Spec spec = new KvCache.Spec(2, 2, 20, 300, type);
    Sequence a = new Sequence(spec, 3, 280, 1);
    Sequence b = new Sequence(spec, 3, 60, 2);
    Sequence c = new Sequence(spec, 3, 12, 3);
    for (Backend backend : backends().all()) {
      try (KvCache ca = backend.newKvCache(spec); KvCache cb = backend.newKvCache(spec); KvCache cc = backend.newKvCache(spec)) {
        CausalChecks.advance(backend, new Portion(a, ca, 250), new Portion(b, cb, 1));
        CausalChecks.advance(backend, new Portion(a, ca, 1), new Portion(b, cb, 1), new Portion(c, cc, 1));
        CausalChecks.advance(backend, new Portion(c, cc, 10), new Portion(a, ca, 20), new Portion(b, cb, 50));
        CausalChecks.advance(backend, new Portion(c, cc, 1), new Portion(a, ca, 1), new Portion(b, cb, 1));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"F16, 0", "F16, 1", "F16, 17", "F16, 256", "F16, 270", "F32, 17", "F32, 255"})
  void truncatedAndContinuedDifferently(TensorType type, int kept) {
    KvCache.Spec spec = new KvCache.Spec(2, 1, 16, 300, type);
    Sequence first = new Sequence(spec, 2, 290, 5);
    Sequence other = new Sequence(spec, 2, 290, 6);
    for (Backend backend : backends().all()) {
      try (KvCache cache = backend.newKvCache(spec)) {
        CausalChecks.advance(backend, new Portion(other, cache, kept + 20));
        cache.truncate(0);
        CausalChecks.continueWith(backend, first, cache, 145);
        cache.truncate(kept);
        assertEquals(kept, cache.length());
        CausalChecks.advance(backend, new Portion(first, cache, 3));
        CausalChecks.advance(backend, new Portion(first, cache, 1));
        CausalChecks.continueWith(backend, first, cache, 290);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "F32"})
  void forksGoOnIndependently(TensorType type) {
    KvCache.Spec spec = new KvCache.Spec(2, 2, 8, 600, type);
    Sequence sequence = new Sequence(spec, 1, 290, 7);
    Sequence other = new Sequence(spec, 1, 290, 8);
    for (Backend backend : backends().all()) {
      KvCache cache = backend.newKvCache(spec);
      CausalChecks.advance(backend, new Portion(sequence, cache, 270));
      try (KvCache fork = cache.fork()) {
        assertEquals(270, fork.length());
        // the fork is overwritten with something else from the start; the original does not notice
        fork.truncate(0);
        CausalChecks.advance(backend, new Portion(other, fork, 280));
        CausalChecks.advance(backend, new Portion(sequence, cache, 1));
      }
      try (KvCache fork = cache.fork()) {
        cache.close();
        CausalChecks.advance(backend, new Portion(sequence, fork, 1));
        CausalChecks.continueWith(backend, sequence, fork, 30);
      }
      try (KvCache empty = backend.newKvCache(spec); KvCache fork = empty.fork()) {
        assertEquals(0, fork.byteSize());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "F32"})
  void memoryGrowsWithPositions(TensorType type) {
    KvCache.Spec spec = new KvCache.Spec(2, 2, 32, 1024, type);
    Sequence sequence = new Sequence(spec, 1, 300, 9);
    for (Backend backend : backends().all()) {
      try (KvCache cache = backend.newKvCache(spec)) {
        assertEquals(0, cache.byteSize());
        CausalChecks.advance(backend, new Portion(sequence, cache, 1));
        assertEquals(spec.byteSize(256), cache.byteSize());
        CausalChecks.advance(backend, new Portion(sequence, cache, 260));
        assertEquals(spec.byteSize(512), cache.byteSize());
        try (KvCache fork = cache.fork()) {
          assertEquals(spec.byteSize(512), fork.byteSize());
        }
      }
    }
  }
}
