package io.mvlm.model.llama;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.TensorType;
import io.mvlm.model.Golden;
import io.mvlm.model.LanguageModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Shapes and settings that the golden models do not have, against formulas in double precision. */
class LlamaVariantsTest {
  private static final int[] IDS = {1, 7, 49, 0, 33, 7, 7, 12, 25, 40, 3, 18, 29, 31, 2, 9, 44, 21, 6, 15};

  private static final Map<String, Supplier<SmallLlama>> VARIANTS = Map.ofEntries(
      Map.entry("tied, width 96", SmallLlama::plain),
      Map.entry("output of its own", () -> SmallLlama.plain().withOutput()),
      Map.entry("4 queries share a key", () -> new SmallLlama(128, 2, 8, 2, 16, 96, 16, 10000, 1)),
      Map.entry("one key for all", () -> new SmallLlama(60, 1, 6, 1, 10, 70, 10, 10000, 1)),
      Map.entry("head size 20 stated", () -> new SmallLlama(96, 2, 4, 2, 20, 160, 20, 10000, 1)),
      Map.entry("heads wider than the model", () -> new SmallLlama(64, 1, 4, 4, 32, 100, 32, 10000, 1)),
      Map.entry("odd widths", () -> new SmallLlama(70, 1, 5, 5, 14, 33, 14, 10000, 1)),
      Map.entry("half of a head turns", () -> new SmallLlama(96, 2, 4, 4, 24, 160, 12, 10000, 1)),
      Map.entry("another base", () -> new SmallLlama(96, 2, 4, 4, 24, 160, 24, 500000, 1)),
      Map.entry("positions stretched", () -> new SmallLlama(96, 2, 4, 4, 24, 160, 24, 10000, 2.5)),
      Map.entry("frequency divisors", () -> SmallLlama.plain().withFrequencyDivisors()),
      Map.entry("biases", () -> SmallLlama.plain().withBiases()),
      Map.entry("everything", () -> new SmallLlama(100, 3, 6, 3, 18, 90, 10, 50000, 4).withBiases().withFrequencyDivisors().withOutput()));

  @TempDir Path dir;

  static Stream<Arguments> variants() {
    return VARIANTS.keySet().stream().sorted().flatMap(name -> Stream.of("scalar", "vector").map(backend -> Arguments.of(name, backend)));
  }

  @ParameterizedTest
  @MethodSource("variants")
  void logitsAreThoseOfTheFormulas(String name, String backend) {
    SmallLlama variant = VARIANTS.get(name).get();
    float[] expected = new PlainLlama(variant, IDS.length).logits(IDS);
    try (LanguageModel model = new LanguageModel(variant.write(dir.resolve("small.gguf")), backend)) {
      for (int first : List.of(IDS.length, 1, 17)) {
        double error = Golden.relativeError(model.logits(TensorType.F32, IDS, first), expected);
        assertTrue(error < (backend.equals("scalar") ? 1e-5 : 2e-3), "first pass of " + first + ": relative error " + error);
      }
    }
  }
}
