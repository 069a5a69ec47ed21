package io.mvlm.model.synth;

import io.mvlm.core.CancelledException;
import io.mvlm.core.MvlmException;
import io.mvlm.core.TensorType;
import io.mvlm.gguf.GgufWriter;
import io.mvlm.gguf.ProgressListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes a pair of files, {@code lm.gguf} and {@code mmproj.gguf}, with the names, shapes and metadata of a published MobileVLM V2 and
 * random weights, scaled so that activations stay of the order of 1. Equal arguments give equal bytes.
 */
public final class SyntheticModel {
  /** The language model's file name. */
  public static final String LANGUAGE_FILE = "lm.gguf";

  /** The vision file's name. */
  public static final String VISION_FILE = "mmproj.gguf";

  private SyntheticModel() {}

  /**
   * @param directory made if it is not there; files of those names in it are replaced once the new ones are complete
   * @param languageType of the language model's matrices. As llama.cpp's quantiser has it, the output matrix is Q6_K when the others are
   *     quantised, except for Q8_0; norm gains are F32
   * @param visionType of the vision and projector matrices, published as F16. Rows that do not fill its blocks get the nearest type that
   *     fits; convolution kernels and position embeddings are F16, vectors F32
   * @param listener hears of the tensor bytes of both files
   * @throws CancelledException if the calling thread is interrupted
   * @throws MvlmException if the files cannot be written
   */
  public static void write(Path directory, Preset preset, TensorType languageType, TensorType visionType, long seed,
      ProgressListener listener) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new MvlmException(directory + ": cannot be made: " + e, e);
    }
    GgufWriter language = SyntheticLanguageModel.of(preset, languageType, seed);
    GgufWriter vision = SyntheticVisionModel.of(preset, visionType, seed);
    long languageBytes = language.tensorBytes();
    long total = languageBytes + vision.tensorBytes();
    int threads = Runtime.getRuntime().availableProcessors();
    language.write(directory.resolve(LANGUAGE_FILE), threads, (done, all) -> listener.progress(done, total));
    vision.write(directory.resolve(VISION_FILE), threads, (done, all) -> listener.progress(languageBytes + done, total));
  }
}
