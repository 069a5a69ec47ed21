package io.mvlm.model.llama;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.InvalidDataException;
import io.mvlm.core.MvlmException;
import io.mvlm.core.Shape;
import io.mvlm.core.Tensor;
import io.mvlm.core.UnsupportedFeatureException;
import io.mvlm.gguf.GgufArray;
import io.mvlm.gguf.GgufType;
import io.mvlm.gguf.GgufValue;
import io.mvlm.model.GgufCopy;
import io.mvlm.model.Golden;
import io.mvlm.model.LoadOptions;
import io.mvlm.model.MobileVlm;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that cannot be used are refused in one line that names the file and the place. */
class LlamaErrorsTest {
  @TempDir Path dir;

  private static void assertRefused(Class<? extends MvlmException> expected, Path file, String... parts) {
    LoadOptions options = LoadOptions.defaults().withBackend("scalar");
    String message = assertThrows(expected, () -> MobileVlm.load(file, null, options).close()).getMessage();
    assertFalse(message.contains("\n"), message);
    assertTrue(message.contains(file.toString()), message);
    for (String part : parts) {
      assertTrue(message.contains(part), message);
    }
  }

  private static GgufValue number(long value) {
    return new GgufValue.Whole(GgufType.UINT32, value);
  }

  private Path copy(Consumer<Map<String, GgufValue>> metadata) {
    return new GgufCopy(Golden.file("lm/q4_0.gguf")).metadata(metadata).write(dir.resolve("changed.gguf"));
  }

  private Path copyOfTensors(UnaryOperator<Tensor> tensors) {
    return new GgufCopy(Golden.file("lm/q4_0.gguf")).tensors(tensors).write(dir.resolve("changed.gguf"));
  }

  @ParameterizedTest
  @CsvSource({"token_embd.weight", "blk.1.attn_k.weight", "blk.0.ffn_down.weight", "output_norm.weight"})
  void missingTensor(String name) {
    assertRefused(InvalidDataException.class, copyOfTensors(t -> t.name().equals(name) ? null : t), name, "missing");
  }

  @ParameterizedTest
  @CsvSource({"blk.1.attn_q.weight", "blk.0.ffn_up.weight", "output.weight"})
  void transposedTensor(String name) {
    assertRefused(InvalidDataException.class, copyOfTensors(t -> t.name().equals(name)
        ? Tensor.ofFloats(name, Shape.of(32, 5), new float[160]) : t), name, "[32, 5]", "expected");
  }

  @ParameterizedTest
  @CsvSource({"blk.0.ffn_gate_inp.weight", "blk.1.attn_q_norm.weight", "blk.1.ffn_up.bias"})
  void tensorThatALlamaDoesNotHave(String name) {
    assertRefused(UnsupportedFeatureException.class, copyOfTensors(t -> t.name().equals("blk.1.attn_norm.weight")
        ? Tensor.ofFloats(name, t.shape(), t.toFloats()) : t), name);
  }

  @ParameterizedTest
  @CsvSource({"blk.0.attn_q.bias", "blk.1.attn_v.bias"})
  void oneBiasOfThree(String name) {
    assertRefused(InvalidDataException.class, copyOfTensors(t -> t.name().equals("output.weight")
        ? Tensor.ofFloats(name, Shape.of(256), new float[256]) : t), "bias", "missing");
  }

  @ParameterizedTest
  @CsvSource({
    "llama.block_count, 0", "llama.block_count, 2000000", "llama.embedding_length, 0", "llama.embedding_length, 4294967295",
    "llama.attention.head_count, 0", "llama.feed_forward_length, 0", "llama.context_length, 0", "llama.context_length, 2147483647",
    "llama.rope.dimension_count, 63", "llama.rope.dimension_count, 128"})
  void numberOutOfItsRange(String key, long value) {
    assertRefused(InvalidDataException.class, copy(values -> values.put(key, number(value))), key,
        String.valueOf(value), "expected");
  }

  @ParameterizedTest
  @CsvSource({
    "llama.attention.layer_norm_rms_epsilon, NaN", "llama.attention.layer_norm_rms_epsilon, -1", "llama.rope.freq_base, 0",
    "llama.rope.freq_base, NaN", "llama.rope.scaling.factor, 0"})
  void realNumberOutOfItsRange(String key, double value) {
    assertRefused(InvalidDataException.class, copy(values -> values.put(key, new GgufValue.Real(GgufType.FLOAT64, value))), key,
        "expected");
  }

  @ParameterizedTest
  @CsvSource({"llama.block_count", "llama.embedding_length", "llama.attention.head_count", "llama.context_length",
    "llama.attention.layer_norm_rms_epsilon", "general.architecture", "tokenizer.ggml.tokens"})
  void missingKey(String key) {
    assertRefused(InvalidDataException.class, copy(values -> values.remove(key)), key);
  }

  @Test
  void headsThatDoNotDivide() {
    assertRefused(InvalidDataException.class, copy(v -> v.put("llama.attention.head_count_kv", number(3))), "3", "4");
    assertRefused(InvalidDataException.class, copy(v -> {
      v.put("llama.attention.head_count", number(5));
      v.remove("llama.attention.head_count_kv");
    }), "5", "256");
  }

  @Test
  void headsThatDifferByBlock() {
    assertRefused(InvalidDataException.class, copy(v -> v.put("llama.attention.head_count", GgufArray.of(GgufType.INT32, 4, 4))),
        "llama.attention.head_count");
  }

  @Test
  void moreBlocksThanStored() {
    assertRefused(InvalidDataException.class, copy(v -> v.put("llama.block_count", number(3))), "blk.2.");
  }

  @Test
  void yarn() {
    assertRefused(UnsupportedFeatureException.class, copy(v -> v.put("llama.rope.scaling.type", new GgufValue.Text("yarn"))),
        "llama.rope.scaling.type", "yarn", "linear");
  }

  @Test
  void experts() {
    assertRefused(UnsupportedFeatureException.class, copy(v -> v.put("llama.expert_count", number(8))),
        "llama.expert_count");
  }

  @Test
  void valuesOfAnotherSizeThanKeys() {
    assertRefused(UnsupportedFeatureException.class, copy(v -> v.put("llama.attention.value_length", number(32))),
        "32", "64");
  }

  @Test
  void anotherArchitecture() {
    assertRefused(UnsupportedFeatureException.class, copy(v -> v.put("general.architecture", new GgufValue.Text("mamba"))),
        "general.architecture", "mamba", "llama");
  }

  @Test
  void visionFileInPlaceOfTheLanguageModel() {
    assertRefused(UnsupportedFeatureException.class, Golden.vision("ldpv2"), "general.architecture", "clip", "mmproj");
  }

  @Test
  void moreTokensThanRows() {
    assertRefused(InvalidDataException.class, copyOfTensors(t -> !t.name().equals("token_embd.weight") ? t
        : Tensor.ofFloats(t.name(), Shape.of(1199, 256), Arrays.copyOf(t.toFloats(), 1199 * 256))), "1200", "1199", "token_embd.weight");
  }

  @Test
  void frequencyDivisorsOfAnotherLength() {
    assertRefused(InvalidDataException.class, copyOfTensors(t -> t.name().equals("output.weight")
        ? Tensor.ofFloats("rope_freqs.weight", Shape.of(5), 1, 1, 1, 1, 1) : t), "rope_freqs.weight", "[5]", "[32]");
  }
}
