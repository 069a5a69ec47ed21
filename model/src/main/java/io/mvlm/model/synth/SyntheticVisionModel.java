package io.mvlm.model.synth;

import io.mvlm.core.TensorType;
import io.mvlm.gguf.GgufQuantizer;
import io.mvlm.gguf.GgufWriter;

/**
 * A CLIP vision transformer with an LDPv2 projector, as the published files name things: 19 metadata keys, and for CLIP-L 379 tensors.
 * {@code ffn_down} is the first feed-forward matrix and {@code ffn_up} the second, the other way round from newer files.
 */
final class SyntheticVisionModel {
  private static final int PROJECTION_DIMENSION = 768;
  private static final float GAIN_DEVIATION = 0.1f;
  private static final float BIAS_DEVIATION = 0.02f;
  private static final float POSITION_DEVIATION = 0.2f;

  private final GgufWriter writer = new GgufWriter();
  private final RandomWeights random;
  private final TensorType type;

  private SyntheticVisionModel(TensorType type, long seed) {
    this.random = new RandomWeights(seed);
    this.type = type;
  }

  static GgufWriter of(Preset preset, TensorType type, long seed) {
    SyntheticVisionModel model = new SyntheticVisionModel(type, seed);
    model.metadata(preset.vision());
    model.projector(preset.vision().width(), preset.language().width());
    model.transformer(preset.vision());
    return model.writer;
  }

  private void metadata(Preset.Vision shape) {
    writer.string("general.architecture", "clip")
        .bool("clip.has_text_encoder", false)
        .bool("clip.has_vision_encoder", true)
        .bool("clip.has_llava_projector", true)
        .uint32("general.file_type", GgufQuantizer.fileType(type))
        .string("general.name", "openai/clip-vit-large-patch14-336")
        .string("general.description", "image encoder for LLaVA")
        .string("clip.projector_type", "ldpv2")
        .uint32("clip.vision.image_size", Preset.Vision.IMAGE)
        .uint32("clip.vision.patch_size", Preset.Vision.PATCH)
        .uint32("clip.vision.embedding_length", shape.width())
        .uint32("clip.vision.feed_forward_length", shape.feedForward())
        .uint32("clip.vision.projection_dim", PROJECTION_DIMENSION)
        .uint32("clip.vision.attention.head_count", shape.heads())
        .float32("clip.vision.attention.layer_norm_epsilon", 1e-5f)
        .uint32("clip.vision.block_count", shape.blocks())
        .floats("clip.vision.image_mean", 0.48145466f, 0.4578275f, 0.40821073f)
        .floats("clip.vision.image_std", 0.26862954f, 0.26130258f, 0.27577711f)
        .bool("clip.use_gelu", false);
  }

  private void matrix(String name, float scale, int out, int in) {
    writer.tensor(random.tensor(name + ".weight", GgufQuantizer.fitting(type, in), 0, (float) (scale / Math.sqrt(in)), out, in));
    writer.tensor(random.tensor(name + ".bias", TensorType.F32, 0, BIAS_DEVIATION, out));
  }

  private void norm(String name, int width) {
    writer.tensor(random.tensor(name + ".weight", TensorType.F32, 1, GAIN_DEVIATION, width));
    writer.tensor(random.tensor(name + ".bias", TensorType.F32, 0, BIAS_DEVIATION, width));
  }

  private void projector(int vision, int language) {
    matrix("mm.model.mlp.0", 1, language, vision);
    matrix("mm.model.mlp.2", 1, language, language);
    writer.tensor(random.tensor("mm.model.peg.0.weight", TensorType.F16, 0, 1f / 3, language, 3, 3));
    writer.tensor(random.tensor("mm.model.peg.0.bias", TensorType.F32, 0, BIAS_DEVIATION, language));
  }

  private void transformer(Preset.Vision shape) {
    int d = shape.width();
    int patch = Preset.Vision.PATCH;
    float branches = (float) (1 / Math.sqrt(2.0 * shape.blocks()));
    writer.tensor(random.tensor("v.class_embd", TensorType.F32, 0, 1, d));
    writer.tensor(random.tensor("v.patch_embd.weight", TensorType.F16, 0, (float) (1 / Math.sqrt(3 * patch * patch)), d, 3, patch, patch));
    writer.tensor(random.tensor("v.position_embd.weight", TensorType.F16, 0, POSITION_DEVIATION, Preset.Vision.POSITIONS, d));
    norm("v.pre_ln", d);
    for (int block = 0; block < shape.blocks(); block++) {
      String name = "v.blk." + block + ".";
      matrix(name + "attn_k", 1, d, d);
      matrix(name + "attn_v", 1, d, d);
      matrix(name + "attn_q", 1, d, d);
      matrix(name + "attn_out", branches, d, d);
      norm(name + "ln1", d);
      matrix(name + "ffn_down", 1, shape.feedForward(), d);
      matrix(name + "ffn_up", branches, d, shape.feedForward());
      norm(name + "ln2", d);
    }
  }
}
