package io.mvlm.cli;

import io.mvlm.gguf.GgufFile;
import io.mvlm.model.demo.DemoFile;
import java.nio.file.Path;

/** A model file that a command reads. */
sealed interface ModelFile {
  /** One that the user named. */
  record OnDisk(Path path) implements ModelFile {
    @Override
    public String name() {
      return String.valueOf(path.getFileName());
    }

    @Override
    public GgufFile open() {
      return GgufFile.open(path);
    }

    @Override
    public String digest() {
      return ModelDigest.of(path);
    }
  }

  /** One of the pair in the jar. */
  record Bundled(DemoFile file) implements ModelFile {
    private static final String NOTE = "no model named, so this is the small bundled one, which knows drawn shapes and short words on signs; for"
        + " photographs get MobileVLM V2: https://huggingface.co/ZiangWu/MobileVLM_V2-1.7B-GGUF";

    @Override
    public String name() {
      return file.fileName();
    }

    @Override
    public GgufFile open() {
      return file.open();
    }

    @Override
    public String digest() {
      return ModelDigest.of(file.bytes());
    }

    @Override
    public void announce(CliIo io) {
      io.say(NOTE);
    }
  }

  /** Without folders. */
  String name();

  GgufFile open();

  /** See {@link ModelDigest}. */
  String digest();

  /** Tells the user which model this is, if it was not the user who chose it. */
  default void announce(CliIo io) {}
}
