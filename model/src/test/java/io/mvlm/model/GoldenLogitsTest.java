package io.mvlm.model;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.TensorType;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The language model against logits computed in double precision, for every tensor type. */
class GoldenLogitsTest {
  private static final int[] IDS = {1, 319, 259, 300, 402, 411, 1071, 13, 500, 600, 700, 800, 901};

  static Stream<Arguments> models() {
    return Golden.languageTypes().stream().flatMap(type -> Golden.backends().stream().map(backend -> Arguments.of(type, backend)));
  }

  @ParameterizedTest
  @MethodSource("models")
  void logitsAreGolden(String type, String backend) {
    float[] golden = Golden.floats("lm_logits/" + type + ".f32");
    int[] oneByOne = new int[IDS.length];
    Arrays.fill(oneByOne, 1);
    try (LanguageModel model = new LanguageModel(Golden.file("lm/" + type + ".gguf"), backend)) {
      for (TensorType kvType : List.of(TensorType.F16, TensorType.F32)) {
        float[] batch = model.logits(kvType, IDS, IDS.length);
        float[] tokenByToken = model.logits(kvType, IDS, oneByOne);
        float[] split = model.logits(kvType, IDS, 5, 8);
        assertClose(Golden.tolerance(type), batch, golden, "one batch, " + kvType);
        assertClose(Golden.tolerance(type), tokenByToken, golden, "token by token, " + kvType);
        assertClose(Golden.tolerance(type), split, golden, "5 + 8, " + kvType);
        if (backend.equals("scalar")) {
          assertClose(1e-5, tokenByToken, batch, "token by token against one batch, " + kvType);
          assertClose(1e-5, split, batch, "5 + 8 against one batch, " + kvType);
        }
      }
    }
  }

  private static void assertClose(double tolerance, float[] got, float[] want, String what) {
    double error = Golden.relativeError(got, want);
    assertTrue(error <= tolerance, () -> what + ": relative error " + error + ", expected at most " + tolerance);
  }
}
