package io.mvlm.cli;

import io.mvlm.core.TensorType;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Tensor types as a user types them. */
final class TensorTypes {
  private TensorTypes() {}

  /** @throws ParameterException for an unknown name */
  static TensorType parse(String option, String name, CommandSpec command) {
    try {
      return TensorType.parse(name);
    } catch (IllegalArgumentException unknown) {
      throw new ParameterException(command.commandLine(), option + " " + name + ": expected one of " + Arrays.stream(TensorType.values())
          .map(type -> type.name().toLowerCase(Locale.ROOT)).collect(Collectors.joining(" ")));
    }
  }
}
