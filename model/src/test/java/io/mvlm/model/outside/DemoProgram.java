package io.mvlm.model.outside;

import io.mvlm.model.MobileVlm;
import io.mvlm.model.image.Images;
import java.nio.file.Path;

/** A program that has the library on its module path, and no model files. */
final class DemoProgram {
  private DemoProgram() {}

  /** Picture and question: says what the bundled model answers. */
  public static void main(String... arguments) {
    System.out.println("module " + MobileVlm.class.getModule().getName());
    try (MobileVlm vlm = MobileVlm.demo()) {
      System.out.println("text " + vlm.ask(Images.read(Path.of(arguments[0])), arguments[1]).text());
    }
  }
}
