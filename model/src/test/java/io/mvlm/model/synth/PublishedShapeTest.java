package io.mvlm.model.synth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.TensorType;
import io.mvlm.gguf.GgufFile;
import io.mvlm.model.Golden;
import io.mvlm.model.LoadOptions;
import io.mvlm.model.VisionPipeline;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file of the keys, tensor names and shapes of the published vision file of MobileVLM V2 1.7B is read and computes. */
class PublishedShapeTest {
  @TempDir static Path dir;
  private static Path file;

  @BeforeAll
  static void write() {
    file = dir.resolve("mmproj.gguf");
    SyntheticVisionModel.of(Preset.V2_1_7B, TensorType.Q8_0, 1).write(file);
  }

  @Test
  void keysAreThePublishedOnes() {
    try (GgufFile gguf = GgufFile.open(file)) {
      assertEquals(Set.of("general.architecture", "clip.has_text_encoder", "clip.has_vision_encoder", "clip.has_llava_projector",
          "general.file_type", "general.name", "general.description", "clip.projector_type", "clip.vision.image_size",
          "clip.vision.patch_size", "clip.vision.embedding_length", "clip.vision.feed_forward_length", "clip.vision.projection_dim",
          "clip.vision.attention.head_count", "clip.vision.attention.layer_norm_epsilon", "clip.vision.block_count",
          "clip.vision.image_mean", "clip.vision.image_std",
          "clip.use_gelu"), gguf.metadata().keys());
    }
  }

  @Test
  void tensorsAreThePublishedOnes() {
    Map<String, List<Long>> expected = expectedShapes();
    assertEquals(379, expected.size());
    Map<String, List<Long>> shapes = new HashMap<>();
    try (GgufFile gguf = GgufFile.open(file)) {
      gguf.tensors().forEach((name, tensor) -> shapes.put(name,
          Arrays.stream(tensor.shape().toArray()).filter(d -> d != 1).boxed().toList())); // files differ in dimensions of 1
    }
    assertEquals(expected, shapes);
  }

  private static Map<String, List<Long>> expectedShapes() {
    Map<String, List<Long>> shapes = new HashMap<>();
    shapes.put("v.class_embd", List.of(1024L));
    shapes.put("v.patch_embd.weight", List.of(1024L, 3L, 14L, 14L));
    shapes.put("v.position_embd.weight", List.of(577L, 1024L));
    List<String> norms = new ArrayList<>(List.of("v.pre_ln"));
    for (int block = 0; block < 23; block++) {
      String name = "v.blk." + block + ".";
      norms.addAll(List.of(name + "ln1", name + "ln2"));
      for (String matrix : List.of("attn_q", "attn_k", "attn_v", "attn_out")) {
        linear(shapes, name + matrix, 1024, 1024);
      }
      linear(shapes, name + "ffn_down", 4096, 1024);
      linear(shapes, name + "ffn_up", 1024, 4096);
    }
    for (String norm : norms) {
      shapes.put(norm + ".weight", List.of(1024L));
      shapes.put(norm + ".bias", List.of(1024L));
    }
    linear(shapes, "mm.model.mlp.0", 2048, 1024);
    linear(shapes, "mm.model.mlp.2", 2048, 2048);
    shapes.put("mm.model.peg.0.weight", List.of(2048L, 3L, 3L));
    shapes.put("mm.model.peg.0.bias", List.of(2048L));
    return shapes;
  }

  private static void linear(Map<String, List<Long>> shapes, String name, long out, long in) {
    shapes.put(name + ".weight", List.of(out, in));
    shapes.put(name + ".bias", List.of(out));
  }

  @Test
  void pictureBecomes144Embeddings() {
    try (VisionPipeline vision = VisionPipeline.load(file, LoadOptions.defaults().withBackend("vector"))) {
      assertEquals(336, vision.imageSize());
      VisionPipeline.Features embeddings = vision.projected(Golden.image("landscape_336.png"));
      assertEquals(144, embeddings.rows());
      assertEquals(2048, embeddings.columns());
      double squares = 0;
      for (float v : embeddings.values()) {
        squares += (double) v * v;
      }
      assertTrue(squares > 0 && squares < Double.POSITIVE_INFINITY, "sum of squares " + squares);
    }
  }
}
