package io.mvlm.kernels.cpu;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Attention of every row to every row. */
public abstract class AttentionContract extends BackendContract {
  protected abstract int[] sizesOfHeads();

  /** Rows on both sides of each border between the parts in which they are taken. */
  protected abstract int[] rows();

  @ParameterizedTest
  @MethodSource("sizesOfHeads")
  void headSizes(int headSize) {
    AttentionChecks checks = new AttentionChecks(backends(), headSize);
    for (int rows : rows()) {
      checks.attention(rows, 3, headSize, 1);
    }
  }

  @Test
  void scoresThatOverwhelmOthers() {
    AttentionChecks checks = new AttentionChecks(backends(), 1000);
    for (int rows : new int[] {150, 300}) {
      checks.attention(rows, 2, 64, 10);
      checks.attention(rows, 2, 64, 0.01f);
      checks.attention(rows, 2, 64, 0);
    }
  }
}
