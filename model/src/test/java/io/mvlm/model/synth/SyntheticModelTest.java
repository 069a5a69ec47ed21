package io.mvlm.model.synth;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.Shape;
import io.mvlm.core.Tensor;
import io.mvlm.core.TensorType;
import io.mvlm.gguf.GgufFile;
import io.mvlm.gguf.GgufMetadata;
import io.mvlm.gguf.ProgressListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SyntheticModelTest {
  @TempDir Path dir;

  @ParameterizedTest
  @EnumSource
  void everyTypeCanBeWritten(TensorType type) {
    SyntheticModel.write(dir, Preset.TINY, type, type, 1, ProgressListener.NONE);
    try (GgufFile lm = GgufFile.open(dir.resolve("lm.gguf")); GgufFile mmproj = GgufFile.open(dir.resolve("mmproj.gguf"))) {
      assertEquals(3 + 2 * 9, lm.tensors().size());
      assertEquals(type, lm.tensor("token_embd.weight").type());
      assertEquals(type, lm.tensor("blk.1.ffn_down.weight").type());
      assertEquals(TensorType.F32, lm.tensor("blk.1.ffn_norm.weight").type());
      assertEquals(Shape.of(1536, 256), lm.tensor("output.weight").shape());
      boolean kept = type == TensorType.Q8_0 || type.blockLength() == 1;
      assertEquals(kept ? type : TensorType.Q6_K, lm.tensor("output.weight").type());
      assertEquals(11 + 2 * 16, mmproj.tensors().size());
      assertEquals(TensorType.F16, mmproj.tensor("v.patch_embd.weight").type());
      for (GgufFile file : List.of(lm, mmproj)) {
        for (Tensor tensor : file.tensors().values()) {
          for (float v : tensor.toFloats()) {
            assertTrue(Math.abs(v) < 8, tensor.name() + " holds " + v);
          }
        }
      }
    }
  }

  @Test
  void weightsHaveTheScaleOfTheirPlace() {
    SyntheticModel.write(dir, Preset.TINY, TensorType.F32, TensorType.F32, 1, ProgressListener.NONE);
    try (GgufFile lm = GgufFile.open(dir.resolve("lm.gguf"))) {
      assertDeviation(lm, "token_embd.weight", 0, 1);
      assertDeviation(lm, "blk.0.attn_q.weight", 0, 1 / 16.0);
      assertDeviation(lm, "blk.0.attn_output.weight", 0, 1 / 32.0);
      assertDeviation(lm, "output_norm.weight", 1, 0.1);
    }
  }

  private static void assertDeviation(GgufFile file, String name, double mean, double deviation) {
    float[] values = file.tensor(name).toFloats();
    double sum = 0;
    double squares = 0;
    for (float v : values) {
      sum += v;
      squares += (v - mean) * (v - mean);
    }
    double tolerance = 4 / Math.sqrt(values.length);
    assertEquals(mean, sum / values.length, deviation * tolerance, name);
    assertEquals(deviation, Math.sqrt(squares / values.length), deviation * tolerance, name);
  }

  @Test
  void equalSeedsGiveEqualFiles() throws IOException {
    SyntheticModel.write(dir.resolve("a"), Preset.TINY, TensorType.Q4_K, TensorType.F16, 7, ProgressListener.NONE);
    SyntheticModel.write(dir.resolve("b"), Preset.TINY, TensorType.Q4_K, TensorType.F16, 7, ProgressListener.NONE);
    SyntheticModel.write(dir.resolve("c"), Preset.TINY, TensorType.Q4_K, TensorType.F16, 8, ProgressListener.NONE);
    for (String file : List.of("lm.gguf", "mmproj.gguf")) {
      byte[] first = Files.readAllBytes(dir.resolve("a").resolve(file));
      assertArrayEquals(first, Files.readAllBytes(dir.resolve("b").resolve(file)));
      assertFalse(Arrays.equals(first, Files.readAllBytes(dir.resolve("c").resolve(file))));
    }
  }

  @Test
  void progressCoversBothFiles() {
    long[] last = new long[2];
    SyntheticModel.write(dir, Preset.TINY, TensorType.Q8_0, TensorType.F16, 1, (done, total) -> {
      assertTrue(done >= last[0] && done <= total);
      last[0] = done;
      last[1] = total;
    });
    assertEquals(last[1], last[0]);
  }

  /** The names, shapes and keys that published conversions of MobileVLM V2 1.7B have. */
  @Test
  void visionFileMatchesThePublishedOne() {
    Path path = dir.resolve("mmproj.gguf");
    SyntheticVisionModel.of(Preset.V2_1_7B, TensorType.Q4_0, 1).write(path);
    try (GgufFile file = GgufFile.open(path)) {
      assertEquals(379, file.tensors().size());
      assertEquals(19, file.metadata().size());
      assertEquals("ldpv2", file.metadata().string("clip.projector_type"));
      assertEquals(23, file.metadata().integer("clip.vision.block_count"));
      assertEquals(Shape.of(1024, 3, 14, 14), file.tensor("v.patch_embd.weight").shape());
      assertEquals(Shape.of(577, 1024), file.tensor("v.position_embd.weight").shape());
      assertEquals(Shape.of(1024), file.tensor("v.class_embd").shape());
      assertEquals(Shape.of(4096, 1024), file.tensor("v.blk.22.ffn_down.weight").shape());
      assertEquals(Shape.of(1024, 4096), file.tensor("v.blk.22.ffn_up.weight").shape());
      assertEquals(Shape.of(2048, 1024), file.tensor("mm.model.mlp.0.weight").shape());
      assertEquals(Shape.of(2048, 2048), file.tensor("mm.model.mlp.2.weight").shape());
      assertEquals(Shape.of(2048, 3, 3), file.tensor("mm.model.peg.0.weight").shape());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1536, 32000})
  void vocabularyIsLaidOutAsLlamas(int size) {
    SyntheticVocabulary vocabulary = SyntheticVocabulary.ofSize(size);
    String[] tokens = vocabulary.tokens();
    Set<String> known = new HashSet<>(List.of(tokens));
    assertEquals(size, known.size());
    assertEquals(size, vocabulary.scores().length);
    assertEquals(size, vocabulary.types().length);
    assertEquals("<0x0A>", tokens[13]);
    assertEquals(2, vocabulary.types()[0]);
    assertEquals(3, vocabulary.types()[2]);
    assertEquals(6, vocabulary.types()[258]);
    assertEquals(1, vocabulary.types()[259]);
    if (size == 32000) {
      assertEquals("▁", tokens[29871]);
    }
    for (int id = 259; id < size; id++) {
      String piece = tokens[id];
      assertTrue(id == 259 || vocabulary.scores()[id] < vocabulary.scores()[id - 1]);
      boolean reachable = piece.codePointCount(0, piece.length()) == 1;
      for (int cut = 1; cut < piece.length() && !reachable; cut++) {
        reachable = known.contains(piece.substring(0, cut)) && known.contains(piece.substring(cut));
      }
      assertTrue(reachable, piece);
    }
    for (char c = '!'; c <= '~'; c++) {
      assertTrue(known.contains(Character.toString(c)));
    }
    assertTrue(known.containsAll(List.of("▁the", "▁of", "ing")));
    assertEquals(size == 32000, known.containsAll(List.of("▁photograph", "▁assistant", "▁artificial", "▁Describe")));
  }

  @Test
  void metadataOfTheLanguageModel() {
    SyntheticModel.write(dir, Preset.TINY, TensorType.Q4_0, TensorType.F16, 1, ProgressListener.NONE);
    try (GgufFile file = GgufFile.open(dir.resolve("lm.gguf"))) {
      GgufMetadata metadata = file.metadata();
      assertEquals(23, metadata.size());
      assertEquals("llama", metadata.string("general.architecture"));
      assertEquals(1536, metadata.strings("tokenizer.ggml.tokens").length);
      assertEquals(64, metadata.integer("llama.rope.dimension_count"));
    }
  }

  @Test
  void presetsAreFoundByLabel() {
    for (Preset preset : Preset.values()) {
      assertEquals(preset, Preset.parse(preset.label().toUpperCase(Locale.ROOT)));
    }
    assertTrue(assertThrows(IllegalArgumentException.class, () -> Preset.parse("70b")).getMessage().contains("tiny, 1.7b, 3b, 7b"));
  }
}
