package io.mvlm.model.vision;

import io.mvlm.core.InvalidDataException;
import io.mvlm.core.Nonlinearity;
import io.mvlm.core.UnsupportedFeatureException;
import io.mvlm.gguf.GgufFile;
import io.mvlm.gguf.GgufMetadata;
import io.mvlm.gguf.GgufType;

/**
 * The shape of a CLIP vision transformer, from the metadata of an "mmproj" file.
 *
 * @param imageSize side of the square picture, pixels; a multiple of the patch size
 * @param patchSize side of a patch, pixels
 * @param width d, features of a token
 * @param feedForward features inside a block's perceptron
 * @param heads attention heads; divides d
 * @param blocks blocks to run
 * @param eps of the layer norms
 * @param activation of the perceptrons
 * @param mean of the red, green and blue channels, of 1
 * @param std of the same
 */
public record ClipVisionConfig(int imageSize, int patchSize, int width, int feedForward, int heads, int blocks, float eps,
    Nonlinearity activation, float[] mean, float[] std) {
  private static final int CLIP_LARGE_BLOCKS = 24;
  private static final int CLIP_LARGE_WIDTH = 1024;
  private static final int LARGEST_IMAGE = 4096;
  private static final int LARGEST_WIDTH = 1 << 16;
  private static final int LARGEST_PATCHES = 1 << 16;
  private static final int LARGEST_VALUES = 1 << 30;

  /** Patches along one side of the picture. */
  public int grid() {
    return imageSize / patchSize;
  }

  /** Features of a picture: one for each patch. */
  public int patches() {
    return grid() * grid();
  }

  public int headSize() {
    return width / heads;
  }

  /**
   * Blocks to run: all that are stored. Checkpoints take the features before CLIP-L's last block, and published files have dropped that
   * block already; only a file with all 24 blocks of a CLIP-L has one too many. {@code clip.vision.feature_layer} overrides.
   *
   * @throws InvalidDataException if the metadata is missing or contradicts itself
   */
  public static ClipVisionConfig of(GgufFile file) {
    GgufMetadata metadata = file.metadata();
    String architecture = metadata.string("general.architecture");
    if (!architecture.equals("clip")) {
      throw new InvalidDataException(file.name() + ": general.architecture is '" + architecture
          + "', expected 'clip': this is no vision file (mmproj)");
    }
    if (!metadata.bool("clip.has_vision_encoder", true)) {
      throw new InvalidDataException(file.name() + ": clip.has_vision_encoder is false, expected a vision encoder");
    }
    int imageSize = positive(file, "image_size", LARGEST_IMAGE);
    int patchSize = positive(file, "patch_size", imageSize);
    int width = positive(file, "embedding_length", LARGEST_WIDTH);
    int heads = positive(file, "attention.head_count", width);
    if (imageSize % patchSize != 0) {
      throw new InvalidDataException(file.name() + ": image size " + imageSize + " is no multiple of patch size " + patchSize);
    }
    if (width % heads != 0) {
      throw new InvalidDataException(file.name() + ": " + heads + " heads do not divide the width " + width);
    }
    int feedForward = positive(file, "feed_forward_length", LARGEST_WIDTH);
    long patches = (long) (imageSize / patchSize) * (imageSize / patchSize);
    if (patches > LARGEST_PATCHES || (1 + patches) * Math.max(3L * width, feedForward) > LARGEST_VALUES) {
      throw new InvalidDataException(file.name() + ": " + patches + " patches with " + width + " features, expected at most "
          + LARGEST_PATCHES + " patches and " + LARGEST_VALUES + " values in a layer");
    }
    Nonlinearity activation = metadata.bool("clip.use_silu", false) ? Nonlinearity.SILU
        : metadata.bool("clip.use_gelu", false) ? Nonlinearity.GELU : Nonlinearity.GELU_QUICK;
    return new ClipVisionConfig(imageSize, patchSize, width, feedForward, heads,
        blocks(file, width), eps(file), activation, channels(file, "image_mean", -Float.MAX_VALUE),
        channels(file, "image_std", Float.MIN_VALUE));
  }

  private static float eps(GgufFile file) {
    String key = "clip.vision.attention.layer_norm_epsilon";
    float eps = (float) file.metadata().floating(key);
    if (!(eps >= 0 && eps < Float.POSITIVE_INFINITY)) {
      throw new InvalidDataException(file.name() + ": " + key + " is " + eps + ", expected a small positive number");
    }
    return eps;
  }

  private static int blocks(GgufFile file, int width) {
    int stored = positive(file, "block_count", 1000);
    String key = "clip.vision.feature_layer";
    if (!file.metadata().contains(key)) {
      return stored == CLIP_LARGE_BLOCKS && width == CLIP_LARGE_WIDTH ? stored - 1 : stored;
    }
    int[] layers = file.metadata().find(key).orElseThrow().type() == GgufType.ARRAY
        ? file.metadata().integers(key) : new int[] {file.metadata().integer(key)};
    if (layers.length != 1) {
      throw new UnsupportedFeatureException(file.name() + ": " + key + " names " + layers.length
          + " layers; features of one layer are supported");
    }
    if (layers[0] < 1 || layers[0] > stored) {
      throw new InvalidDataException(file.name() + ": " + key + " is " + layers[0] + ", expected 1 to " + stored);
    }
    return layers[0];
  }

  private static int positive(GgufFile file, String key, int most) {
    int value = file.metadata().integer("clip.vision." + key);
    if (value < 1 || value > most) {
      throw new InvalidDataException(file.name() + ": clip.vision." + key + " is " + value + ", expected 1 to " + most);
    }
    return value;
  }

  private static float[] channels(GgufFile file, String key, float least) {
    float[] values = file.metadata().floats("clip.vision." + key);
    if (values.length != 3) {
      throw new InvalidDataException(file.name() + ": clip.vision." + key + " has " + values.length + " values, expected 3");
    }
    for (float value : values) {
      if (!(value >= least && value <= Float.MAX_VALUE)) {
        throw new InvalidDataException(file.name() + ": clip.vision." + key + " holds " + value + ", expected a finite number"
            + (least > 0 ? " above 0" : ""));
      }
    }
    return values;
  }
}
