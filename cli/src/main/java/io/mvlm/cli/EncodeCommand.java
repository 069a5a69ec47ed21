package io.mvlm.cli;

import io.mvlm.model.LoadListener;
import io.mvlm.model.VisionPipeline;
import io.mvlm.model.image.RgbImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "encode", description = "Write what the vision model makes of an image, as a NumPy file of 32-bit floats.")
final class EncodeCommand implements Callable<Integer> {
  /** How far along the way an image is taken. */
  enum Stage { PIXELS, VISION, PROJECTED }

  private final CliIo io;

  @Option(names = "--mmproj", paramLabel = "MMPROJ.gguf",
      description = "The vision model. Default: the one that MVLM_MMPROJ names, else the bundled one.")
  private Path mmproj;

  @Option(names = "--stage", paramLabel = "STAGE", defaultValue = "projected", description = {
      "pixels: the normalised input [3,H,W]", "vision: features of the transformer [features,d]",
      "projected: what the language model sees [tokens,d] (default)"})
  private Stage stage;

  @Option(names = "--out", paramLabel = "X.npy", required = true, description = "Where it goes.")
  private Path out;

  @Parameters(paramLabel = "IMAGE", description = "The image; '-' reads standard input.")
  private String image;

  @Mixin
  private EngineOptions engine;

  EncodeCommand(CliIo io) {
    this.io = io;
  }

  @Override
  public Integer call() {
    ModelFile source = new ModelFiles(io.environment()).vision(mmproj);
    engine.toLoadOptions(LoadListener.SILENT);
    try (ModelLoading loading = new ModelLoading(io, engine::toLoadOptions, source)) {
      RgbImage picture = InputFiles.image(image, io);
      source.announce(io);
      try (VisionPipeline pipeline = loading.visionPipeline()) {
        switch (stage) {
          case PIXELS -> write(pipeline.pixels(picture), 3, pipeline.imageSize(), pipeline.imageSize());
          case VISION -> write(pipeline.vision(picture));
          case PROJECTED -> write(pipeline.projected(picture));
        }
      }
    }
    return ExitCode.OK;
  }

  private void write(VisionPipeline.Features features) {
    write(features.values(), features.rows(), features.columns());
  }

  private void write(float[] values, int... shape) {
    try {
      NumpyFile.write(out, values, shape);
    } catch (IOException e) {
      throw new CliException(ExitCode.CANNOT_CREATE, out + ": cannot be written: " + OutputFiles.reason(e), e);
    }
  }
}
