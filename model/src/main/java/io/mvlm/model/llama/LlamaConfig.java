package io.mvlm.model.llama;

import io.mvlm.core.InvalidDataException;
import io.mvlm.core.RotaryEmbedding;
import io.mvlm.core.UnsupportedFeatureException;
import io.mvlm.gguf.GgufFile;
import io.mvlm.gguf.GgufMetadata;

/**
 * The shape of a LLaMA, from a file's metadata.
 *
 * @param vocabulary tokens
 * @param width d, features of a token
 * @param blocks decoder blocks
 * @param heads query heads
 * @param kvHeads key/value heads; divides heads
 * @param headSize features of a head
 * @param feedForward features inside a block's perceptron
 * @param context positions that the model was trained for
 * @param eps of the RMS norms
 * @param rope rotary embedding of queries and keys
 */
public record LlamaConfig(int vocabulary, int width, int blocks, int heads, int kvHeads, int headSize, int feedForward, int context,
    float eps, RotaryEmbedding rope) {
  /** Positions of a sequence at most, whatever a file says. */
  public static final int LARGEST_CONTEXT = 1 << 24;

  private static final int LARGEST = 1 << 20;
  private static final int LARGEST_VOCABULARY = 1 << 23;
  private static final String FACTOR = "llama.rope.scaling.factor";
  /** What older files call {@link #FACTOR}. */
  private static final String OLD_FACTOR = "llama.rope.scale_linear";

  /** @throws InvalidDataException if the metadata is missing or contradicts itself */
  public static LlamaConfig of(GgufFile file) {
    GgufMetadata metadata = file.metadata();
    String architecture = metadata.string("general.architecture");
    if (!architecture.equals("llama")) {
      throw new UnsupportedFeatureException(file.name() + ": general.architecture is '" + architecture + "'; supported is 'llama'"
          + (architecture.equals("clip") ? " (this is a vision file: give it as --mmproj)" : ""));
    }
    int width = positive(file, "embedding_length");
    int heads = positive(file, "attention.head_count");
    int kvHeads = metadata.contains("llama.attention.head_count_kv") ? positive(file, "attention.head_count_kv") : heads;
    if (heads % kvHeads != 0) {
      throw new InvalidDataException(file.name() + ": " + kvHeads + " key/value heads do not divide " + heads + " heads");
    }
    boolean stated = metadata.contains("llama.attention.key_length");
    if (!stated && width % heads != 0) {
      throw new InvalidDataException(file.name() + ": " + heads + " heads do not divide the width " + width);
    }
    int headSize = stated ? positive(file, "attention.key_length") : width / heads;
    if ((long) heads * headSize > LARGEST) {
      throw new InvalidDataException(file.name() + ": " + heads + " heads of " + headSize + " features, expected at most " + LARGEST
          + " in all");
    }
    if (metadata.integer("llama.attention.value_length", headSize) != headSize) {
      throw new UnsupportedFeatureException(file.name() + ": keys of " + headSize + " and values of "
          + metadata.integer("llama.attention.value_length") + " features; supported are equal sizes");
    }
    if (!file.tensors().isEmpty() && metadata.integer("llama.expert_count", 0) > 0) {
      throw new UnsupportedFeatureException(file.name() + ": mixtures of experts (llama.expert_count) are not supported");
    }
    long vocabulary = file.tensor("token_embd.weight").shape().rows();
    if (vocabulary > LARGEST_VOCABULARY) {
      throw new InvalidDataException(file.name() + ": tensor token_embd.weight has " + vocabulary + " rows, expected at most "
          + LARGEST_VOCABULARY);
    }
    return new LlamaConfig((int) vocabulary, width, positive(file, "block_count"), heads, kvHeads, headSize,
        positive(file, "feed_forward_length"), positive(file, "context_length"), eps(file), rope(file, headSize));
  }

  private static float eps(GgufFile file) {
    String key = "llama.attention.layer_norm_rms_epsilon";
    float eps = (float) file.metadata().floating(key);
    if (!(eps >= 0 && eps < Float.POSITIVE_INFINITY)) {
      throw new InvalidDataException(file.name() + ": " + key + " is " + eps + ", expected a small positive number");
    }
    return eps;
  }

  private static RotaryEmbedding rope(GgufFile file, int headSize) {
    GgufMetadata metadata = file.metadata();
    int dimensions = metadata.integer("llama.rope.dimension_count", headSize);
    if (dimensions < 0 || dimensions > headSize || dimensions % 2 != 0) {
      throw new InvalidDataException(file.name() + ": llama.rope.dimension_count is " + dimensions + ", expected an even number up to "
          + headSize);
    }
    double base = metadata.floating("llama.rope.freq_base", 10000);
    if (!(base > 0)) {
      throw new InvalidDataException(file.name() + ": llama.rope.freq_base is " + base + ", expected a positive number");
    }
    RotaryEmbedding rope = RotaryEmbedding.of(dimensions, base, 1 / stretch(file), RotaryEmbedding.Pairing.ADJACENT);
    // LLaMA 3.1 stores a divisor for each frequency.
    file.find("rope_freqs.weight").ifPresent(tensor -> {
      if (tensor.shape().elements() != rope.pairs()) {
        throw new InvalidDataException(file.name() + ": tensor rope_freqs.weight has shape " + tensor.shape() + ", expected ["
            + rope.pairs() + "]");
      }
      float[] divisors = tensor.toFloats();
      for (int i = 0; i < rope.pairs(); i++) {
        rope.inverseFrequencies()[i] /= divisors[i];
      }
    });
    return rope;
  }

  /** How many positions share one of the training's. */
  private static double stretch(GgufFile file) {
    GgufMetadata metadata = file.metadata();
    boolean stretched = metadata.contains(FACTOR) || metadata.contains(OLD_FACTOR);
    String type = metadata.string("llama.rope.scaling.type", stretched ? "linear" : "none");
    return switch (type) {
      case "none" -> 1;
      case "linear" -> {
        double factor = metadata.floating(FACTOR, metadata.floating(OLD_FACTOR, 1));
        if (!(factor > 0)) {
          throw new InvalidDataException(file.name() + ": " + FACTOR + " is " + factor + ", expected a positive number");
        }
        yield factor;
      }
      default -> throw new UnsupportedFeatureException(file.name() + ": llama.rope.scaling.type is '" + type
          + "'; supported are none and linear");
    };
  }

  private static int positive(GgufFile file, String key) {
    int value = file.metadata().integer("llama." + key);
    int most = key.equals("context_length") ? LARGEST_CONTEXT : LARGEST;
    if (value < 1 || value > most) {
      throw new InvalidDataException(file.name() + ": llama." + key + " is " + value + ", expected 1 to " + most);
    }
    return value;
  }
}
