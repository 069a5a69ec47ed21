package io.mvlm.cli;

import io.mvlm.model.demo.DemoFile;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Finds the model files of a command: those that its options name, without {@code --model} those that the environment names, without
 * them the bundled pair. A vision file goes with the language model that was found in the same place.
 */
final class ModelFiles {
  static final String MODEL = "MVLM_MODEL";
  static final String MMPROJ = "MVLM_MMPROJ";

  private final Map<String, String> environment;

  ModelFiles(Map<String, String> environment) {
    this.environment = environment;
  }

  /**
   * A language model.
   *
   * @param option what the option says, or null
   * @throws CliException if the file that was named is not there
   */
  ModelFile language(Path option) {
    return find(option, MODEL, DemoFile.LANGUAGE);
  }

  /** A vision model for its own sake, otherwise as {@link #language}. */
  ModelFile vision(Path option) {
    return find(option, MMPROJ, DemoFile.VISION);
  }

  /**
   * The vision model for a language model.
   *
   * @return null if there is none: the language model stays alone
   * @throws CliException if the file that was named is not there, or nobody named the language model for it
   */
  ModelFile visionFor(Path languageOption, Path option) {
    String beside = languageOption == null ? variable(MMPROJ) : null;
    boolean visionNamed = option != null || beside != null;
    boolean languageNamed = languageOption != null || variable(MODEL) != null;
    if (visionNamed && !languageNamed) {
      boolean here = option != null;
      throw new CliException(ExitCode.USAGE, (here ? "--mmproj" : MMPROJ) + " names a vision model, but " + (here ? "--model" : MODEL)
          + " no language model to go with it: name both, or neither for the bundled pair");
    }
    return visionNamed || !languageNamed ? vision(option) : null;
  }

  private ModelFile find(Path option, String variable, DemoFile bundled) {
    if (option != null) {
      return new ModelFile.OnDisk(InputFiles.existing(option));
    }
    String named = variable(variable);
    if (named == null) {
      return new ModelFile.Bundled(bundled);
    }
    try {
      return new ModelFile.OnDisk(InputFiles.existing(Path.of(named)));
    } catch (CliException missing) {
      throw new CliException(missing.exitCode(), variable + " names " + missing.getMessage(), missing);
    } catch (InvalidPathException e) {
      throw new CliException(ExitCode.NO_INPUT, variable + " names " + named + ": no such file", e);
    }
  }

  /** @return null if it is not set, or empty */
  private String variable(String name) {
    String value = environment.get(name);
    return value == null || value.isEmpty() ? null : value;
  }
}
