package io.mvlm.kernels.codegen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.Backend;
import io.mvlm.core.BackendProvider;
import io.mvlm.core.BackendUnavailableException;
import java.util.ServiceLoader;
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
