package io.mvlm.model.vision;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.InvalidDataException;
import io.mvlm.core.MvlmException;
import io.mvlm.core.Shape;
import io.mvlm.core.Tensor;
import io.mvlm.core.UnsupportedFeatureException;
import io.mvlm.gguf.GgufArray;
import io.mvlm.gguf.GgufFile;
import io.mvlm.gguf.GgufType;
import io.mvlm.gguf.GgufValue;
import io.mvlm.model.GgufCopy;
import io.mvlm.model.Golden;
import io.mvlm.model.LoadOptions;
import io.mvlm.model.MobileVlm;
import io.mvlm.model.VisionPipeline;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The ways in which vision files differ, and those that are refused. */
class VisionFilesTest {
  private static final Path GOLDEN = Golden.vision("ldpv2");
  private static final String FEATURE_LAYER = "clip.vision.feature_layer";

  @TempDir Path dir;

  private Path copy(Consumer<Map<String, GgufValue>> metadata) {
    return new GgufCopy(GOLDEN).metadata(metadata).write(dir.resolve("changed.gguf"));
  }

  private Path copyOfTensors(UnaryOperator<Tensor> tensors) {
    return new GgufCopy(GOLDEN).tensors(tensors).write(dir.resolve("changed.gguf"));
  }

  private static GgufValue number(long value) {
    return new GgufValue.Whole(GgufType.UINT32, value);
  }

  private static float[] projected(Path file) {
    try (VisionPipeline vision = VisionPipeline.load(file, LoadOptions.defaults().withBackend("scalar"))) {
      return vision.projected(Golden.image("exact336.png")).values();
    }
  }

  private static void assertRefused(Class<? extends MvlmException> expected, Path file, String... parts) {
    LoadOptions options = LoadOptions.defaults().withBackend("scalar");
    String message = assertThrows(expected, () -> VisionPipeline.load(file, options).close()).getMessage();
    assertFalse(message.contains("\n"), message);
    assertTrue(message.contains(file.toString()), message);
    for (String part : parts) {
      assertTrue(message.contains(part), message);
    }
  }

  @Test
  void featureLayerStopsAfterThatManyBlocks() {
    float[] two = projected(copy(values -> values.put("clip.vision.block_count", number(2))));
    assertArrayEquals(two, projected(copy(values -> values.put(FEATURE_LAYER, number(2)))));
    assertArrayEquals(two, projected(copy(values -> values.put(FEATURE_LAYER, GgufArray.of(GgufType.INT32, 2)))));
    float[] three = projected(GOLDEN);
    assertArrayEquals(three, projected(copy(values -> values.put(FEATURE_LAYER, number(3)))));
    assertTrue(Golden.relativeError(two, three) > 0.01);
  }

  @Test
  void severalFeatureLayersAreNotSupported() {
    assertRefused(UnsupportedFeatureException.class, copy(values -> values.put(FEATURE_LAYER, GgufArray.of(GgufType.INT32, 1, 2, 3))),
        FEATURE_LAYER, "3 layers");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 4})
  void featureLayerThatIsNotThere(long layer) {
    assertRefused(InvalidDataException.class, copy(values -> values.put(FEATURE_LAYER, number(layer))), FEATURE_LAYER, "1 to 3");
  }

  /** The matrices decide which naming a file has. */
  @Test
  void feedForwardNamesMayBeSwapped() {
    Path swapped = copyOfTensors(t -> {
      String name = t.name().contains("ffn_down") ? t.name().replace("ffn_down", "ffn_up") : t.name().replace("ffn_up", "ffn_down");
      return new Tensor(name, t.type(), t.shape(), t.data());
    });
    assertArrayEquals(projected(GOLDEN), projected(swapped));
  }

  @ParameterizedTest
  @CsvSource({"24, 1024, 23", "23, 1024, 23", "24, 768, 24", "12, 1024, 12"})
  void fullClipLargeLeavesItsLastBlockOut(int stored, int width, int run) {
    Path path = new GgufCopy(GOLDEN).tensors(t -> null).metadata(values -> {
      values.put("clip.vision.block_count", number(stored));
      values.put("clip.vision.embedding_length", number(width));
      values.put("clip.vision.attention.head_count", number(16));
    }).write(dir.resolve("config.gguf"));
    try (GgufFile file = GgufFile.open(path)) {
      assertEquals(run, ClipVisionConfig.of(file).blocks());
    }
  }

  @Test
  void featureLayerOverridesTheRuleForClipLarge() {
    Path path = new GgufCopy(GOLDEN).tensors(t -> null).metadata(values -> {
      values.put("clip.vision.block_count", number(24));
      values.put("clip.vision.embedding_length", number(1024));
      values.put("clip.vision.attention.head_count", number(16));
      values.put(FEATURE_LAYER, number(24));
    }).write(dir.resolve("config.gguf"));
    try (GgufFile file = GgufFile.open(path)) {
      assertEquals(24, ClipVisionConfig.of(file).blocks());
    }
  }

  @Test
  void pegIsAnOlderNameOfLdpV2() {
    assertArrayEquals(projected(GOLDEN), projected(copy(values -> values.put("clip.projector_type", new GgufValue.Text("peg")))));
  }

  @Test
  void unknownProjector() {
    assertRefused(UnsupportedFeatureException.class, copy(values -> values.put("clip.projector_type", new GgufValue.Text("resampler"))),
        "clip.projector_type", "resampler", "ldpv2, ldp and mlp");
  }

  @Test
  void projectorWithoutItsTensors() {
    assertRefused(InvalidDataException.class, copy(values -> values.put("clip.projector_type", new GgufValue.Text("ldp"))), "mm.model.");
  }

  @Test
  void noEncoderOrNoProjector() {
    GgufValue no = new GgufValue.Bool(false);
    assertRefused(InvalidDataException.class, copy(values -> values.put("clip.has_vision_encoder", no)), "clip.has_vision_encoder");
    assertRefused(InvalidDataException.class, copy(values -> values.put("clip.has_llava_projector", no)), "clip.has_llava_projector");
  }

  @Test
  void languageModelInPlaceOfTheVisionFile() {
    assertRefused(InvalidDataException.class, Golden.file("lm/q4_0.gguf"), "general.architecture", "llama", "clip");
  }

  @ParameterizedTest
  @CsvSource({
    "clip.vision.image_size, 0", "clip.vision.image_size, 340", "clip.vision.image_size, 4294967295", "clip.vision.patch_size, 0",
    "clip.vision.embedding_length, 0", "clip.vision.attention.head_count, 5", "clip.vision.block_count, 0",
    "clip.vision.block_count, 100000", "clip.vision.feed_forward_length, 0"})
  void numberOutOfItsRange(String key, long value) {
    String shown = key.substring("clip.vision.".length());
    assertRefused(InvalidDataException.class, copy(values -> values.put(key, number(value))), String.valueOf(value),
        shown.split("[_.]")[0].equals("attention") ? "heads" : shown.split("_")[0]);
  }

  @Test
  void pixelStatisticsOutOfTheirRange() {
    assertRefused(InvalidDataException.class, copy(values -> values.put("clip.vision.image_std", GgufArray.of(0.2f, 0, 0.3f))),
        "clip.vision.image_std", "0.0");
    assertRefused(InvalidDataException.class, copy(values -> values.put("clip.vision.image_mean", GgufArray.of(0.2f, Float.NaN, 0.3f))),
        "clip.vision.image_mean", "NaN");
    assertRefused(InvalidDataException.class, copy(values -> values.put("clip.vision.image_mean", GgufArray.of(0.2f, 0.3f))),
        "clip.vision.image_mean", "expected 3");
  }

  @ParameterizedTest
  @ValueSource(strings = {"v.class_embd", "v.blk.2.ln2.bias", "v.blk.0.ffn_down.weight", "mm.model.peg.0.bias", "mm.model.mlp.2.weight",
    "v.patch_embd.weight"})
  void missingTensor(String name) {
    assertRefused(InvalidDataException.class, copyOfTensors(t -> t.name().equals(name) ? null : t), name, "missing");
  }

  @ParameterizedTest
  @ValueSource(strings = {"v.class_embd", "v.blk.2.ln2.bias", "v.blk.0.ffn_down.weight", "mm.model.peg.0.weight", "mm.model.mlp.2.weight",
    "v.position_embd.weight"})
  void tensorOfAnotherShape(String name) {
    assertRefused(InvalidDataException.class, copyOfTensors(t -> t.name().equals(name)
        ? Tensor.ofFloats(name, Shape.of(7, 11), new float[77]) : t), name, "[7, 11]", "expected");
  }

  @Test
  void filesThatDoNotBelongTogether() {
    Path narrow = copyOfTensors(t -> t.name().startsWith("mm.model.mlp.2.") || t.name().startsWith("mm.model.peg.")
        ? Tensor.ofFloats(t.name(), narrowed(t.shape()), new float[(int) narrowed(t.shape()).elements()]) : t);
    String message = assertThrows(InvalidDataException.class,
        () -> MobileVlm.load(Golden.file("lm/q4_0.gguf"), narrow, LoadOptions.defaults().withBackend("scalar")).close()).getMessage();
    for (String part : List.of(narrow.toString(), "q4_0.gguf", "128", "256")) {
      assertTrue(message.contains(part), message);
    }
  }

  private static Shape narrowed(Shape shape) {
    long[] dimensions = shape.toArray();
    dimensions[0] = 128;
    return Shape.of(dimensions);
  }
}
