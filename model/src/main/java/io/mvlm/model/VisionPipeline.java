package io.mvlm.model;

import io.mvlm.core.Activation;
import io.mvlm.core.Backend;
import io.mvlm.core.Execution;
import io.mvlm.core.Tensor;
import io.mvlm.gguf.GgufFile;
import io.mvlm.model.image.ImagePreprocessor;
import io.mvlm.model.image.RgbImage;
import io.mvlm.model.projector.Projector;
import io.mvlm.model.vision.ClipVisionConfig;
import io.mvlm.model.vision.ClipVisionTransformer;
import io.mvlm.model.weights.WeightLoader;
import java.nio.file.Path;
import java.util.function.LongConsumer;

/** The eyes alone: picture → pixels → features → embeddings, from an "mmproj" file. Thread-safe. */
public final class VisionPipeline implements AutoCloseable {
  private final Backend owned;
  private final ExecutionPool executions;
  private final ImagePreprocessor preprocessor;
  private final ClipVisionTransformer transformer;
  private final Projector projector;

  /**
   * A result.
   *
   * @param values {@code [rows, columns]}
   */
  public record Features(int rows, int columns, float[] values) {}

  private interface Stage {
    Activation forward(Execution e, Activation features);
  }

  /** @param owned a backend to close with this pipeline, or null */
  VisionPipeline(GgufFile file, Backend backend, Backend owned, ExecutionPool executions, LongConsumer loadedBytes) {
    this.owned = owned;
    this.executions = executions;
    ClipVisionConfig config = ClipVisionConfig.of(file);
    WeightLoader weights = new WeightLoader(file, backend, loadedBytes);
    preprocessor = new ImagePreprocessor(config.imageSize(), config.mean(), config.std());
    transformer = new ClipVisionTransformer(config, weights);
    projector = Projector.load(config, weights);
  }

  /** Loads an mmproj file into a backend of its own. @throws io.mvlm.core.MvlmException if it cannot be used; the message says why */
  public static VisionPipeline load(Path mmproj, LoadOptions options) {
    try (GgufFile file = GgufFile.open(mmproj)) {
      return load(file, options);
    }
  }

  /** Loads an open mmproj file, which stays open. @throws io.mvlm.core.MvlmException as {@link #load(Path, LoadOptions)} */
  public static VisionPipeline load(GgufFile mmproj, LoadOptions options) {
    return Backends.open(options, backend -> {
      long total = mmproj.tensors().values().stream().mapToLong(Tensor::byteSize).sum();
      backend.requireRoom(total);
      long[] done = {0};
      LongConsumer progress = bytes -> options.listener().progress(mmproj.name(), done[0] += bytes, total);
      return new VisionPipeline(mmproj, backend, backend, new ExecutionPool(backend), progress);
    });
  }

  /** Side of the square that pictures are brought to, pixels. */
  public int imageSize() {
    return preprocessor.size();
  }

  /** Embeddings of a picture. */
  public int tokens() {
    return projector.tokens();
  }

  /** Features of an embedding: the width of the language model that goes with it. */
  public int width() {
    return projector.width();
  }

  /** Normalised planes {@code [3, size, size]}. */
  public float[] pixels(RgbImage image) {
    return preprocessor.pixels(image);
  }

  /** Output of the last block that is run, without the class token: {@code [patches, d]}. */
  public Features vision(RgbImage image) {
    return features(image, (e, x) -> x);
  }

  /** Embeddings {@code [tokens, width]}. */
  public Features projected(RgbImage image) {
    return features(image, projector::forward);
  }

  private Features features(RgbImage image, Stage last) {
    float[] pixels = pixels(image);
    return executions.run(e -> {
      Activation features = transformer.forward(e, e.input(pixels, 3 * imageSize(), imageSize()));
      Activation result = last.forward(e, features);
      return new Features(result.rows(), result.columns(), e.read(result));
    });
  }

  ImageEmbedding encode(RgbImage image) {
    Features projected = projected(image);
    return new ImageEmbedding(projected.rows(), projected.columns(), projected.values());
  }

  @Override
  public void close() {
    executions.close();
    if (owned != null) {
      owned.close();
    }
  }
}
