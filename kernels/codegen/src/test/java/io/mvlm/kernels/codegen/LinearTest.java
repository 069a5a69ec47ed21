package io.mvlm.kernels.codegen;

import io.mvlm.core.TensorType;
import io.mvlm.kernels.cpu.Backends;
import io.mvlm.kernels.cpu.InputRounding;
import io.mvlm.kernels.cpu.LinearChecks;
import io.mvlm.kernels.cpu.LinearContract;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@EnabledIf("io.mvlm.kernels.codegen.Tiers#isX86")
class LinearTest extends LinearContract {
  @Override
  protected Backends open() {
    return Tiers.backends();
  }

  @Override
  protected int[] tokens() {
    return new int[] {0, 1, 2, 3, 4, 5, 12, 13, 14, 16, 17, 33, 66};
  }

  @Override
  protected InputRounding rounding() {
    return new CodegenRounding();
  }

  @ParameterizedTest
  @EnumSource
  void everyCountOfTokens(TensorType type) {
    LinearChecks checks = checks(type.id() + 500);
    IntStream.rangeClosed(1, 40).forEach(tokens -> checks.product(type, tokens));
  }

  /** Several slices of columns, the last one shorter, and more groups of rows than meet a tile at once. */
  @ParameterizedTest
  @EnumSource(BlockFormat.class)
  void matricesInPieces(BlockFormat format) {
    int tokens = 4;
    int columns = 256 * (QuantMatrix.SLICE_BYTES / TiledInt8.TOKEN_BLOCK / tokens / 8 + 1) + 256;
    int rows = BlockFormat.ROWS * (2 * QuantMatrix.GROUPS_BYTES * format.blocksTogether() / format.stride() / (columns / 64) + 1) + 5;
    LinearChecks checks = checks(format.type.id() + 900);
    for (int size : new int[] {1, 3, 14, 27}) {
      checks.product(format.type, rows, columns, size);
    }
    for (int size : new int[] {1, 3}) {
      checks.product(format.type, 6037, 256, size);
    }
  }

  /** Values that take the precision of others in each of several slices. */
  @ParameterizedTest
  @EnumSource(BlockFormat.class)
  void spikesInPieces(BlockFormat format) {
    LinearChecks checks = checks(format.type.id() + 1300);
    for (int tokens : new int[] {4, 14, 27, 29, 33}) {
      checks.spikes(format.type, 133, 3840, tokens);
    }
  }

  /** Where some tokens of a tile have such values in the same block, in several slices. */
  @ParameterizedTest
  @EnumSource(BlockFormat.class)
  void spikesOfSomeTokens(BlockFormat format) {
    checks(format.type.id() + 1900).scatteredSpikes(format.type, 37, 2560, 28);
  }

  /** More tiles than one call takes. */
  @ParameterizedTest
  @EnumSource(names = {"Q4_0", "F16"})
  void manyTiles(TensorType type) {
    checks(type.id() + 2100).scatteredSpikes(type, 37, 1792, 315);
  }

  @ParameterizedTest
  @EnumSource
  void valuesThatTakeThePrecisionOfOthers(TensorType type) {
    LinearChecks checks = checks(type.id() + 700);
    for (int tokens : new int[] {1, 3, 4, 13, 14, 33}) {
      checks.spikes(type, tokens);
    }
  }

  /**
   * Weights of 16 bits and many tokens: several slices of columns, the last one ragged, more rows than meet a tile at once, and values of
   * any size.
   */
  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16"})
  void manyTokensInWords(TensorType type) {
    LinearChecks checks = checks(type.id() + 1700);
    for (int tokens : new int[] {FloatCode.FEW_TOKENS + 1, 33, 66}) {
      checks.product(type, 293, 3840 + 37, tokens);
      checks.spikes(type, 133, 3840, tokens);
      checks.spikesOfWeights(type, 133, 2100, tokens);
      checks.sameSigns(type, 70, 320, tokens);
      checks.magnitudes(type, tokens, 100, 1e5f);
      checks.magnitudes(type, tokens, 0.1f, 1e20f);
      checks.magnitudes(type, tokens, 1e-6f, 1); // subnormal as f16
      checks.magnitudes(type, tokens, 0.1f, 1e-40f); // subnormal as f32
      checks.zeros(type, tokens);
    }
  }

  /** So small that scales are the least ones, and results are not. */
  @Test
  void leastScalesOfWords() {
    LinearChecks checks = checks(2300);
    checks.magnitudes(TensorType.BF16, 33, 1e25f, 5e-35f);
    checks.magnitudes(TensorType.BF16, 33, 1e-36f, 1e25f);
  }
}
