package io.mvlm.cli;

import io.mvlm.gguf.GgufFile;
import io.mvlm.model.LoadListener;
import io.mvlm.model.LoadOptions;
import io.mvlm.model.MobileVlm;
import io.mvlm.model.VisionPipeline;
import java.util.function.Function;

/**
 * A command's model on its way into memory: its files, open in a JVM that computes with them at full speed, and a display of how far their
 * reading is; meanwhile kernels are compiled. What else the command reads or says comes behind the constructor, in which the launcher may be
 * asked for another JVM, and before the model, which takes the longest. Not thread-safe.
 */
final class ModelLoading implements AutoCloseable {
  private final LoadProgress progress;
  private final LoadOptions options;
  private GgufFile first;
  private GgufFile second;
  private WarmUp warmUp = WarmUp.NONE;

  /** Of one file, see the other constructor. */
  ModelLoading(CliIo io, Function<LoadListener, LoadOptions> options, ModelFile file) {
    this(io, Timeline.NONE, options, file, null);
  }

  /**
   * @param timeline hears which file is read when
   * @param options how the model is loaded, with a listener that tells of the progress
   * @param second the vision model beside a language model, or null
   */
  ModelLoading(CliIo io, Timeline timeline, Function<LoadListener, LoadOptions> options, ModelFile first, ModelFile second) {
    progress = new LoadProgress(io, timeline);
    try {
      this.first = first.open();
      this.second = second == null ? null : second.open();
      this.options = options.apply(progress);
      if (Jvm.readyFor(this.options, this.first, this.second)) {
        warmUp = WarmUp.start(this.options, this.first, this.second);
      }
    } catch (Throwable e) {
      close();
      throw e;
    }
  }

  /** Loads the language model, with its vision model if there is one. */
  MobileVlm vlm() {
    MobileVlm vlm = MobileVlm.load(first, second, options);
    progress.close();
    return vlm;
  }

  /** Loads the vision model that is the only file. */
  VisionPipeline visionPipeline() {
    VisionPipeline pipeline = VisionPipeline.load(first, options);
    progress.close();
    return pipeline;
  }

  @Override
  public void close() {
    warmUp.close();
    if (second != null) {
      second.close();
    }
    if (first != null) {
      first.close();
    }
    progress.close();
  }
}
