package io.mvlm.cli;

import static io.mvlm.cli.Cli.LANGUAGE_MODEL;
import static io.mvlm.cli.Cli.MMPROJ;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.model.demo.DemoFile;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Options come first, then the environment, then what is bundled; and files of different places do not mix by accident. */
class ModelFilesTest {
  private static final ModelFile LANGUAGE = new ModelFile.OnDisk(LANGUAGE_MODEL);
  private static final ModelFile VISION = new ModelFile.OnDisk(MMPROJ);
  private static final ModelFile BUNDLED_LANGUAGE = new ModelFile.Bundled(DemoFile.LANGUAGE);
  private static final ModelFile BUNDLED_VISION = new ModelFile.Bundled(DemoFile.VISION);

  private static ModelFiles files(Object model, Object mmproj) {
    return new ModelFiles(Map.of("MVLM_MODEL", model.toString(), "MVLM_MMPROJ", mmproj.toString()));
  }

  private static void refused(int code, String message, Runnable call) {
    CliException error = assertThrows(CliException.class, call::run);
    assertEquals(code, error.exitCode());
    assertTrue(error.getMessage().contains(message), error.getMessage());
  }

  @Test
  void withoutAnyWordTheBundledPair() {
    for (ModelFiles files : new ModelFiles[] {new ModelFiles(Map.of()), files("", "")}) {
      assertEquals(BUNDLED_LANGUAGE, files.language(null));
      assertEquals(BUNDLED_VISION, files.visionFor(null, null));
      assertEquals(BUNDLED_VISION, files.vision(null));
    }
  }

  @Test
  void theEnvironmentNamesAPair() {
    ModelFiles files = files(LANGUAGE_MODEL, MMPROJ);
    assertEquals(LANGUAGE, files.language(null));
    assertEquals(VISION, files.visionFor(null, null));
    assertEquals(VISION, files.vision(null));
    assertNull(files(LANGUAGE_MODEL, "").visionFor(null, null), "a language model alone");
    assertEquals(new ModelFile.OnDisk(Cli.IMAGE), files.visionFor(null, Cli.IMAGE), "an option for the half of it");
  }

  @Test
  void optionsGoFirst() {
    ModelFiles files = files("nowhere", "nowhere");
    assertEquals(LANGUAGE, files.language(LANGUAGE_MODEL));
    assertEquals(VISION, files.visionFor(LANGUAGE_MODEL, MMPROJ));
    assertNull(files.visionFor(LANGUAGE_MODEL, null), "the environment's vision model belongs to another language model");
    assertEquals(VISION, files.vision(MMPROJ));
  }

  @Test
  void visionWithoutALanguageModelIsAMistake() {
    refused(ExitCode.USAGE, "MVLM_MMPROJ names", () -> files("", MMPROJ).visionFor(null, null));
    refused(ExitCode.USAGE, "--mmproj names", () -> new ModelFiles(Map.of()).visionFor(null, MMPROJ));
    assertEquals(VISION, files("", MMPROJ).vision(null), "but for its own sake it is enough");
  }

  @Test
  void missingFilesAreTold() {
    refused(ExitCode.NO_INPUT, "MVLM_MODEL names nowhere: no such file", () -> files("nowhere", MMPROJ).language(null));
    refused(ExitCode.NO_INPUT, "MVLM_MMPROJ names nowhere: no such file", () -> files(LANGUAGE_MODEL, "nowhere").visionFor(null, null));
    refused(ExitCode.NO_INPUT, "MVLM_MODEL names a\0b: no such file", () -> files("a\0b", "").language(null));
    refused(ExitCode.NO_INPUT, "nowhere: no such file", () -> new ModelFiles(Map.of()).language(Path.of("nowhere")));
  }
}
