package io.mvlm.model;

import io.mvlm.core.Tensor;
import io.mvlm.core.TensorType;
import io.mvlm.gguf.GgufFile;
import io.mvlm.model.llama.LlamaConfig;
import io.mvlm.model.vision.ClipVisionConfig;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The least that a model has to do, counted from its file: what a perfect engine could not leave out. */
final class ModelWork {
  private ModelWork() {}

  /**
   * A language model's.
   *
   * @param type the type that holds most bytes of the blocks' matrices
   * @param tokenBytes the file's bytes of all weights that one step of decoding reads: of all tensors but the embedding table, of which it
   *     takes one row, unless the output layer shares it
   * @param blockWeights elements of the blocks' matrices: multiply-adds of one token
   * @param pairWork multiply-adds of one query position and one key position it sees, in all blocks: with each of heads·headSize features
   *     once for the score and once for the weighted sum
   */
  record Language(TensorType type, long tokenBytes, long blockWeights, long pairWork) {
    static Language of(Path path) {
      try (GgufFile file = GgufFile.open(path)) {
        LlamaConfig config = LlamaConfig.of(file);
        boolean tied = file.find("output.weight").isEmpty();
        long bytes = file.tensors().values().stream().mapToLong(Tensor::byteSize).sum();
        long table = file.tensor("token_embd.weight").byteSize();
        List<Tensor> matrices = matrices(file, "blk.");
        return new Language(dominant(matrices), tied ? bytes : bytes - table, elements(matrices),
            2L * config.heads() * config.headSize() * config.blocks());
      }
    }

    /** Multiply-adds for a prompt of n tokens; the first sees one position, the last n. */
    double prompt(int n) {
      return (double) n * blockWeights + n * (n + 1.0) / 2 * pairWork;
    }
  }

  /**
   * A vision model's.
   *
   * @param type the type that holds most bytes of the blocks' matrices
   * @param image multiply-adds of one picture: each of its 1 + patches rows with the matrices of the blocks that are run, and in each of
   *     these blocks 2·d for every pair of rows
   */
  record Vision(TensorType type, double image) {
    static Vision of(Path path) {
      try (GgufFile file = GgufFile.open(path)) {
        ClipVisionConfig config = ClipVisionConfig.of(file);
        long weights = 0;
        for (int i = 0; i < config.blocks(); i++) {
          weights += elements(matrices(file, "v.blk." + i + "."));
        }
        double rows = 1.0 + config.patches();
        return new Vision(dominant(matrices(file, "v.blk.")), rows * weights + 2 * rows * rows * config.width() * config.blocks());
      }
    }
  }

  private static List<Tensor> matrices(GgufFile file, String prefix) {
    return file.tensors().values().stream().filter(t -> t.name().startsWith(prefix) && t.shape().rank() == 2).toList();
  }

  private static long elements(List<Tensor> tensors) {
    return tensors.stream().mapToLong(t -> t.shape().elements()).sum();
  }

  /** F32 where there are none. */
  private static TensorType dominant(List<Tensor> tensors) {
    Map<TensorType, Long> bytes = new EnumMap<>(TensorType.class);
    tensors.forEach(t -> bytes.merge(t.type(), t.byteSize(), Long::sum));
    return bytes.entrySet().stream().max(Map.Entry.comparingByValue()).map(Map.Entry::getKey).orElse(TensorType.F32);
  }
}
