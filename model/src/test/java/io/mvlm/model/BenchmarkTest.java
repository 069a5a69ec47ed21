package io.mvlm.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.CancelledException;
import io.mvlm.core.TensorType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a benchmark counts, and that it measures what it was told to. */
class BenchmarkTest {
  private static final LoadOptions SCALAR = LoadOptions.defaults().withBackend("scalar").withThreads(1);

  /** 2 blocks, d = 256 in 4 heads, ff = 768, 1200 tokens, output apart from the embedding. */
  @Test
  void theWorkOfALanguageModel(@TempDir Path folder) {
    ModelWork.Language work = ModelWork.Language.of(Golden.file("lm/q4_0.gguf"));
    assertEquals(TensorType.Q4_0, work.type());
    long block = 4 * 256 * 256 + 3 * 256 * 768;
    assertEquals(2 * block, work.blockWeights());
    assertEquals((2 * block + 1200 * 256) / 32 * 18 + 4 * 256 * (2 * 2 + 1), work.tokenBytes());
    assertEquals(2 * 256 * 2, work.pairWork());
    assertEquals(3.0 * 2 * block + 6 * 2 * 256 * 2, work.prompt(3));
    Path tied = new GgufCopy(Golden.file("lm/q4_0.gguf")).tensors(t -> t.name().equals("output.weight") ? null : t)
        .write(folder.resolve("tied.gguf"));
    assertEquals(work.tokenBytes(), ModelWork.Language.of(tied).tokenBytes());
  }

  /** 3 blocks, d = 192, ff = 4·192, 576 patches and the class token. */
  @Test
  void theWorkOfAVisionModel() {
    ModelWork.Vision work = ModelWork.Vision.of(Golden.vision("ldpv2"));
    assertEquals(TensorType.F16, work.type());
    assertEquals(3 * (577.0 * 12 * 192 * 192 + 577.0 * 577 * 2 * 192), work.image());
  }

  @Test
  void everyTestIsMeasured() {
    BenchmarkPlan plan = new BenchmarkPlan(9, 3, List.of(5, 0), 2, 1);
    List<String> heard = new ArrayList<>();
    BenchmarkResult result = Benchmark.run(Golden.file("lm/q4_0.gguf"), Golden.vision("ldpv2"), SCALAR, plan,
        (test, done, total) -> heard.add(test + " " + done + "/" + total));
    assertEquals("scalar", result.backend());
    assertEquals(1, result.threads());
    assertEquals(List.of("pp9", "tg3@d5", "tg3", "image"), result.rows().stream().map(BenchmarkResult.Row::test).toList());
    assertEquals(List.of("pp9 0/11", "pp9 1/11", "pp9 2/11", "tg3@d5 3/11"), heard.subList(0, 4));
    assertEquals("image 10/11", heard.getLast());
    ModelWork.Language work = ModelWork.Language.of(Golden.file("lm/q4_0.gguf"));
    for (BenchmarkResult.Row row : result.rows()) {
      assertTrue(row.rate() > 0 && row.deviation() >= 0 && row.fractionOfRoofline() > 0, row.toString());
    }
    BenchmarkResult.Row decode = result.rows().get(2);
    assertEquals(decode.rate() * work.tokenBytes() / 1e9 / result.roofline().readGbPerSecond(), decode.fractionOfRoofline(), 1e-9);
    BenchmarkResult.Row prompt = result.rows().getFirst();
    assertEquals(prompt.rate() / 9 * work.prompt(9) / 1e9 / result.roofline().fmaGmacPerSecond(), prompt.fractionOfRoofline(), 1e-9);
  }

  @Test
  void anInterruptEndsIt() {
    Thread.currentThread().interrupt();
    assertThrows(CancelledException.class, () -> Benchmark.run(Golden.file("lm/q4_0.gguf"), null, SCALAR,
        new BenchmarkPlan(9, 3, List.of(0), 2, 1), (test, done, total) -> {}));
    assertTrue(Thread.interrupted());
  }

  @Test
  void plansOutOfRangeAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new BenchmarkPlan(-1, 1, List.of(0), 1, 1));
    assertThrows(IllegalArgumentException.class, () -> new BenchmarkPlan(1, 1, List.of(-1), 1, 1));
    assertThrows(IllegalArgumentException.class, () -> new BenchmarkPlan(1, 1, List.of(0), 0, 1));
    assertThrows(IllegalArgumentException.class, () -> new BenchmarkPlan(1, 1 << 24, List.of(1), 1, 1));
  }
}
