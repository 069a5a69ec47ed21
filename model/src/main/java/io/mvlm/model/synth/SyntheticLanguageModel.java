package io.mvlm.model.synth;

import io.mvlm.core.TensorType;
import io.mvlm.gguf.GgufQuantizer;
import io.mvlm.gguf.GgufWriter;

/** A LLaMA with the 23 metadata keys and the tensors of a published MobileVLM V2 language model. */
final class SyntheticLanguageModel {
  private static final int QUANTIZATION_VERSION = 2;
  private static final float GAIN_DEVIATION = 0.1f;

  private SyntheticLanguageModel() {}

  static GgufWriter of(Preset preset, TensorType type, long seed) {
    Preset.Language shape = preset.language();
    GgufWriter writer = new GgufWriter();
    metadata(writer, preset, type);
    RandomWeights random = new RandomWeights(seed);
    int d = shape.width();
    int ff = shape.feedForward();
    float intoBranch = (float) (1 / Math.sqrt(d));
    // 2·blocks branches add up to the variance of the embeddings.
    float branches = (float) (1 / Math.sqrt(2.0 * shape.blocks()));
    TensorType wide = GgufQuantizer.fitting(type, d);
    TensorType fromHidden = GgufQuantizer.fitting(type, ff);
    writer.tensor(random.tensor("token_embd.weight", wide, 0, 1, shape.vocabulary(), d));
    for (int block = 0; block < shape.blocks(); block++) {
      String name = "blk." + block + ".";
      writer.tensor(random.tensor(name + "attn_norm.weight", TensorType.F32, 1, GAIN_DEVIATION, d));
      writer.tensor(random.tensor(name + "ffn_norm.weight", TensorType.F32, 1, GAIN_DEVIATION, d));
      writer.tensor(random.tensor(name + "attn_q.weight", wide, 0, intoBranch, d, d));
      writer.tensor(random.tensor(name + "attn_k.weight", wide, 0, intoBranch, d, d));
      writer.tensor(random.tensor(name + "attn_v.weight", wide, 0, intoBranch, d, d));
      writer.tensor(random.tensor(name + "attn_output.weight", wide, 0, intoBranch * branches, d, d));
      writer.tensor(random.tensor(name + "ffn_gate.weight", wide, 0, intoBranch, ff, d));
      writer.tensor(random.tensor(name + "ffn_up.weight", wide, 0, intoBranch, ff, d));
      // A gated unit of two standard normal inputs has a root mean square of about 0.6.
      float fromGated = (float) (1 / (0.6 * Math.sqrt(ff)));
      writer.tensor(random.tensor(name + "ffn_down.weight", fromHidden, 0, fromGated * branches, d, ff));
    }
    writer.tensor(random.tensor("output_norm.weight", TensorType.F32, 1, GAIN_DEVIATION, d));
    writer.tensor(random.tensor("output.weight", GgufQuantizer.fitting(outputType(type), d), 0, intoBranch, shape.vocabulary(), d));
    return writer;
  }

  private static TensorType outputType(TensorType type) {
    return switch (type) {
      case F32, F16, BF16, Q8_0 -> type;
      default -> TensorType.Q6_K;
    };
  }

  private static void metadata(GgufWriter writer, Preset preset, TensorType type) {
    Preset.Language shape = preset.language();
    SyntheticVocabulary vocabulary = SyntheticVocabulary.ofSize(shape.vocabulary());
    writer.string("general.architecture", "llama")
        .string("general.name", "MobileVLM V2 " + preset.label() + ", random weights")
        .uint32("llama.vocab_size", shape.vocabulary())
        .uint32("llama.context_length", shape.context())
        .uint32("llama.embedding_length", shape.width())
        .uint32("llama.block_count", shape.blocks())
        .uint32("llama.feed_forward_length", shape.feedForward())
        .uint32("llama.rope.dimension_count", shape.width() / shape.heads())
        .uint32("llama.attention.head_count", shape.heads())
        .uint32("llama.attention.head_count_kv", shape.heads())
        .float32("llama.attention.layer_norm_rms_epsilon", shape.epsilon())
        .float32("llama.rope.freq_base", 10000)
        .uint32("general.file_type", GgufQuantizer.fileType(type))
        .string("tokenizer.ggml.model", "llama")
        .strings("tokenizer.ggml.tokens", vocabulary.tokens())
        .floats("tokenizer.ggml.scores", vocabulary.scores())
        .integers("tokenizer.ggml.token_type", vocabulary.types())
        .uint32("tokenizer.ggml.bos_token_id", 1)
        .uint32("tokenizer.ggml.eos_token_id", 2)
        .uint32("tokenizer.ggml.unknown_token_id", 0)
        .bool("tokenizer.ggml.add_bos_token", true)
        .bool("tokenizer.ggml.add_eos_token", false)
        .uint32("general.quantization_version", QUANTIZATION_VERSION);
  }
}
