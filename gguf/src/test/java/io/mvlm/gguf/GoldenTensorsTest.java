package io.mvlm.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.Tensor;
import io.mvlm.core.TensorType;
import java.lang.foreign.MemorySegment;
import java.net.URISyntaxException;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files cut down from a tiny model in every type, which a reference quantiser wrote: 64 rows of one matrix, and one norm. */
class GoldenTensorsTest {
  private static final String MATRIX = "blk.0.attn_q.weight";
  private static final String NORM = "blk.0.attn_norm.weight";

  static GgufFile golden(String name) throws URISyntaxException {
    return GgufFile.open(Path.of(GoldenTensorsTest.class.getResource("golden/" + name + ".gguf").toURI()));
  }

  static byte[] bytes(Tensor tensor) {
    byte[] bytes = new byte[(int) tensor.byteSize()];
    tensor.data().read(0, MemorySegment.ofArray(bytes));
    return bytes;
  }

  private static double relativeError(float[] got, float[] want) {
    double error = 0;
    double norm = 0;
    for (int i = 0; i < want.length; i++) {
      error += ((double) got[i] - want[i]) * ((double) got[i] - want[i]);
      norm += (double) want[i] * want[i];
    }
    return Math.sqrt(error / norm);
  }

  /** @param error what the reference quantiser loses on these weights */
  @ParameterizedTest
  @CsvSource({
    "f32, F32, 0", "f16, F16, 0.0004", "bf16, BF16, 0.0020", "q8_0, Q8_0, 0.0060", "q4_0, Q4_0, 0.092", "q4_1, Q4_1, 0.084",
    "q5_0, Q5_0, 0.046", "q5_1, Q5_1, 0.041", "q2_k, Q2_K, 0.32", "q3_k_s, Q3_K, 0.165", "q4_k_s, Q4_K, 0.077",
    "q5_k_s, Q5_K, 0.040", "q6_k, Q6_K, 0.0195", "iq4_nl, IQ4_NL, 0.083", "iq4_xs, IQ4_XS, 0.083"})
  void dequantises(String file, TensorType type, double error) throws Exception {
    try (GgufFile got = golden(file); GgufFile exact = golden("f32")) {
      Tensor matrix = got.tensor(MATRIX);
      assertEquals(type, matrix.type());
      float[] want = exact.tensor(MATRIX).toFloats();
      double found = relativeError(matrix.toFloats(), want);
      assertTrue(found <= error && found >= error / 2 * (type.blockLength() > 1 ? 1 : 0), "relative error " + found);
      assertArrayEquals(exact.tensor(NORM).toFloats(), got.tensor(NORM).toFloats());
    }
  }

  @ParameterizedTest
  @CsvSource({"f32, F32", "f16, F16", "bf16, BF16", "q8_0, Q8_0", "q4_0, Q4_0", "q4_1, Q4_1", "q5_0, Q5_0", "q5_1, Q5_1"})
  void quantisesToTheReferenceBytes(String file, TensorType type) throws Exception {
    try (GgufFile reference = golden(file); GgufFile source = golden("f16")) {
      float[] values = source.tensor(MATRIX).toFloats();
      byte[] quantised = new byte[(int) type.byteSize(values.length)];
      type.codec().quantize(values, 0, values.length, MemorySegment.ofArray(quantised), 0);
      assertArrayEquals(bytes(reference.tensor(MATRIX)), quantised);
    }
  }

  /** Types whose quantiser searches: no worse than the reference by more than 5 %. */
  @ParameterizedTest
  @CsvSource({"q2_k, Q2_K", "q3_k_s, Q3_K", "q4_k_s, Q4_K", "q5_k_s, Q5_K", "q6_k, Q6_K", "iq4_nl, IQ4_NL", "iq4_xs, IQ4_XS"})
  void quantisesAsWellAsTheReference(String file, TensorType type) throws Exception {
    try (GgufFile reference = golden(file); GgufFile source = golden("f16")) {
      float[] values = source.tensor(MATRIX).toFloats();
      MemorySegment quantised = MemorySegment.ofArray(new byte[(int) type.byteSize(values.length)]);
      type.codec().quantize(values, 0, values.length, quantised, 0);
      float[] back = new float[values.length];
      type.codec().dequantize(quantised, 0, back, 0, back.length);
      double ours = relativeError(back, values);
      double theirs = relativeError(reference.tensor(MATRIX).toFloats(), values);
      assertTrue(ours <= 1.05 * theirs, ours + " against " + theirs);
    }
  }
}
