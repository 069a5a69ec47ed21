package io.mvlm.model.demo;

import io.mvlm.core.MvlmException;
import io.mvlm.gguf.GgufFile;
import java.io.IOException;
import java.io.InputStream;

/** The two files of the bundled model: resources beside this class. */
public enum DemoFile {
  /** The language model. */
  LANGUAGE("mvlm-demo-lm-q8_0.gguf"),
  /** The vision model, an "mmproj" file. */
  VISION("mvlm-demo-mmproj-q8_0.gguf");

  private final String fileName;

  DemoFile(String fileName) {
    this.fileName = fileName;
  }

  public String fileName() {
    return fileName;
  }

  /** All of the file. @throws MvlmException if it was left out where this library was repacked */
  public byte[] bytes() {
    try (InputStream in = DemoFile.class.getResourceAsStream(fileName)) {
      if (in == null) {
        throw new MvlmException(fileName + ": the bundled model is missing, expected it beside " + DemoFile.class.getName()
            + ": take the whole jar of mvlm-model, or load a model from files");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new MvlmException(fileName + ": the bundled model cannot be read: " + e.getMessage(), e);
    }
  }

  /** Opens it, in memory. @throws MvlmException as {@link #bytes} */
  public GgufFile open() {
    return GgufFile.of(fileName, bytes());
  }
}
