package io.mvlm.kernels.codegen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.Backend;
import io.mvlm.core.BackendProvider;
import io.mvlm.core.BackendUnavailableException;
import io.mvlm.core.Execution;
import io.mvlm.core.Nonlinearity;
import io.mvlm.core.Role;
import io.mvlm.core.TensorType;
import io.mvlm.core.Weight;
import io.mvlm.kernels.cpu.CpuBackend;
import io.mvlm.kernels.cpu.RandomTensors;
import io.mvlm.kernels.cpu.ScalarKernels;
import java.util.ServiceLoader;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

class CodegenBackendProviderTest {
  private final BackendProvider provider = ServiceLoader.load(BackendProvider.class).stream().map(ServiceLoader.Provider::get)
      .filter(p -> p.name().equals("codegen")).findFirst().orElseThrow();

  @AfterEach
  void forget() {
    System.clearProperty(CodegenBackendProvider.TIER_PROPERTY);
  }

  private Backend create() {
    return provider.create(new BackendProvider.Options(1, true, null));
  }

  @Test
  @EnabledIf("io.mvlm.kernels.codegen.Tiers#isX86")
  void takesTheBestTier() {
    assertTrue(provider.priority() > 10, "before the Vector API");
    try (Backend backend = create()) {
      assertEquals("codegen", backend.name());
      assertTrue(backend.description().contains(Tiers.here().getFirst().description()), backend.description());
    }
  }

  @Test
  @EnabledIf("io.mvlm.kernels.codegen.Tiers#isX86")
  void takesTheTierItIsTold() {
    System.setProperty(CodegenBackendProvider.TIER_PROPERTY, "avx2");
    try (Backend backend = create()) {
      assertTrue(backend.description().contains("AVX2"), backend.description());
    }
  }

  @Test
  @EnabledIf("io.mvlm.kernels.codegen.Tiers#isX86")
  void anUnknownTierIsNamed() {
    System.setProperty(CodegenBackendProvider.TIER_PROPERTY, "mmx");
    assertTrue(assertThrows(BackendUnavailableException.class, this::create).getMessage().contains("mmx"));
  }

  /** The Vector API is not touched for what is generated, and serves the rest. */
  @Test
  @EnabledIf("io.mvlm.kernels.codegen.Tiers#isX86")
  void othersAreAskedWhenTheyAreNeeded() {
    AtomicInteger asked = new AtomicInteger();
    CodegenKernels kernels = new CodegenKernels(Tiers.here().getFirst(), () -> {
      asked.incrementAndGet();
      return new ScalarKernels();
    });
    RandomTensors random = new RandomTensors(1);
    try (Backend backend = new CpuBackend(kernels, 1); Execution execution = backend.newExecution()) {
      for (TensorType type : TensorType.values()) {
        boolean generated = BlockFormat.of(type) != null || FloatFormat.of(type) != null;
        asked.set(0);
        Weight weight = backend.prepare(Role.LINEAR, random.matrix(type, 16, 256, 0.01f));
        execution.run(() -> execution.rmsNorm(execution.linear(execution.input(new float[5 * 256], 5, 256), weight, null, Nonlinearity.GELU),
            backend.prepare(Role.VECTOR, random.vector(16, 1)), 1e-5f));
        assertEquals(generated, asked.get() == 0, type.toString());
      }
    }
  }

  @Test
  void otherProcessorsAreRefused() {
    String here = System.getProperty("os.arch");
    System.setProperty("os.arch", "aarch64");
    try {
      assertTrue(assertThrows(BackendUnavailableException.class, this::create).getMessage().contains("aarch64"));
    } finally {
      System.setProperty("os.arch", here);
    }
  }
}
