package io.mvlm.model.projector;

import io.mvlm.core.Activation;
import io.mvlm.core.Execution;
import io.mvlm.core.UnsupportedFeatureException;
import io.mvlm.core.InvalidDataException;
import io.mvlm.gguf.GgufFile;
import io.mvlm.model.vision.ClipVisionConfig;
import io.mvlm.model.weights.WeightLoader;

/** Turns features {@code [grid², d]} of a picture into embeddings {@code [tokens, width]}. Immutable and thread-safe. */
public sealed interface Projector permits LdpV2Projector, LdpProjector, MlpProjector {
  /** Embeddings of a picture. */
  int tokens();

  /** Features of an embedding: the language model's width. */
  int width();

  Activation forward(Execution e, Activation features);

  /** The projector that the file's metadata names. @throws UnsupportedFeatureException if it is none of LDPv2, LDP and MLP */
  static Projector load(ClipVisionConfig vision, WeightLoader weights) {
    GgufFile file = weights.file();
    if (!file.metadata().bool("clip.has_llava_projector", true)) {
      throw new InvalidDataException(file.name() + ": clip.has_llava_projector is false, expected a projector");
    }
    String type = file.metadata().string("clip.projector_type", file.metadata().string("clip.vision.projector_type", "mlp"));
    return switch (type) {
      case "ldpv2", "peg" -> new LdpV2Projector(vision, weights);
      case "ldp" -> new LdpProjector(vision, weights);
      case "mlp" -> new MlpProjector(vision, weights);
      default -> throw new UnsupportedFeatureException(file.name() + ": clip.projector_type is '" + type
          + "'; supported are ldpv2, ldp and mlp");
    };
  }
}
