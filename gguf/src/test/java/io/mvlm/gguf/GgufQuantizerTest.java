package io.mvlm.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.mvlm.core.Shape;
import io.mvlm.core.Tensor;
import io.mvlm.core.TensorType;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GgufQuantizerTest {
  @TempDir Path dir;

  @ParameterizedTest
  @CsvSource({"q8_0, Q8_0", "q4_0, Q4_0", "q4_1, Q4_1", "q5_0, Q5_0", "q5_1, Q5_1", "bf16, BF16"})
  void wholeFilesEqualTheReference(String golden, TensorType type) throws Exception {
    Path target = dir.resolve("out.gguf");
    try (GgufFile source = GoldenTensorsTest.golden("f16")) {
      GgufQuantizer.quantize(Path.of(source.name()), target, type);
    }
    try (GgufFile want = GoldenTensorsTest.golden(golden); GgufFile got = GgufFile.open(target)) {
      assertEquals(want.tensors().keySet(), got.tensors().keySet());
      for (String name : want.tensors().keySet()) {
        assertEquals(want.tensor(name).type(), got.tensor(name).type());
        assertArrayEquals(GoldenTensorsTest.bytes(want.tensor(name)), GoldenTensorsTest.bytes(got.tensor(name)), name);
      }
      assertEquals("llama", got.metadata().string("general.architecture"));
      assertEquals(GgufQuantizer.fileType(type), got.metadata().integer("general.file_type"));
    }
  }

  @Test
  void rowsThatDoNotFitGetAnotherType() {
    assertEquals(TensorType.Q4_K, GgufQuantizer.fitting(TensorType.Q4_K, 512));
    assertEquals(TensorType.Q5_0, GgufQuantizer.fitting(TensorType.Q4_K, 576));
    assertEquals(TensorType.Q5_1, GgufQuantizer.fitting(TensorType.Q5_K, 96));
    assertEquals(TensorType.Q8_0, GgufQuantizer.fitting(TensorType.Q6_K, 96));
    assertEquals(TensorType.IQ4_NL, GgufQuantizer.fitting(TensorType.Q2_K, 96));
    assertEquals(TensorType.F16, GgufQuantizer.fitting(TensorType.Q2_K, 100));
    assertEquals(TensorType.BF16, GgufQuantizer.fitting(TensorType.BF16, 7));
  }

  @Test
  void onlyMatricesChangeAndInPlaceWorks() {
    Path path = dir.resolve("model.gguf");
    new GgufWriter().alignment(64).tensor(Tensor.ofFloats("norm", Shape.of(64), new float[64]))
        .tensor(Tensor.ofFloats("v.patch_embd.weight", Shape.of(2, 3, 32, 32), new float[6144]))
        .tensor(Tensor.ofFloats("v.position_embd.weight", Shape.of(5, 64), new float[320]))
        .tensor(Tensor.ofFloats("odd", Shape.of(3, 50), new float[150]))
        .tensor(Tensor.ofFloats("w", Shape.of(2, 64), new float[128])).write(path);
    GgufQuantizer.quantize(path, path, TensorType.Q4_K);
    try (GgufFile file = GgufFile.open(path)) {
      assertEquals(64, file.alignment());
      assertEquals(TensorType.F32, file.tensor("norm").type());
      assertEquals(TensorType.F32, file.tensor("v.patch_embd.weight").type());
      assertEquals(TensorType.F32, file.tensor("v.position_embd.weight").type());
      assertEquals(TensorType.F16, file.tensor("odd").type());
      assertEquals(TensorType.Q5_0, file.tensor("w").type());
    }
  }
}
