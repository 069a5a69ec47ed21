package io.mvlm.model.outside;

import io.mvlm.model.Answer;
import io.mvlm.model.LoadListener;
import io.mvlm.model.LoadOptions;
import io.mvlm.model.MobileVlm;
import io.mvlm.model.image.Images;
import io.mvlm.model.sampling.GenerationOptions;
import java.nio.file.Path;

/** A program that has the library on its module path, as an application would. */
final class EmbeddingProgram {
  private EmbeddingProgram() {}

  /** Language model, vision file, picture: says what it computes with, what it passed over, and its first tokens. */
  public static void main(String... files) {
    System.out.println("module " + MobileVlm.class.getModule().getName());
    LoadListener listener = new LoadListener() {
      @Override
      public void progress(String what, long done, long total) {
        // silent
      }

      @Override
      public void note(String line) {
        System.out.println("note " + line);
      }
    };
    try (MobileVlm vlm = MobileVlm.load(Path.of(files[0]), Path.of(files[1]), LoadOptions.defaults().withListener(listener))) {
      System.out.println("backend " + vlm.backendDescription());
      Answer answer = vlm.ask(Images.read(Path.of(files[2])), "What is in the image?", GenerationOptions.defaults().withMaxTokens(4));
      System.out.println("text " + answer.text());
    }
  }
}
