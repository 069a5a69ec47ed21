package io.mvlm.kernels.cpu;

import io.mvlm.core.TensorType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Patch embedding on backends whose products keep all bits of their floats. Those that keep fewer have kernels that are large enough. */
public abstract class PatchEmbeddingContract extends BackendContract {
  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void patches(TensorType type) {
    ImageChecks checks = new ImageChecks(backends(), type.id());
    checks.patchEmbedding(type, 70, 3, 14, 42, 56);
    checks.patchEmbedding(type, 17, 3, 5, 12, 17);
    checks.patchEmbedding(type, 5, 2, 1, 3, 4);
  }
}
