package io.mvlm.kernels.opencl;

import io.mvlm.core.ComputeDevice;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;

/**
 * What {@link Tuner} found for a device, its driver and the features in use, as a text file. One that is damaged, or does not fit the
 * device, counts as missing.
 */
final class TuningFile {
  private final Path file;
  private final OpenClDevice device;

  TuningFile(Path folder, OpenClDevice device, Features features) {
    ComputeDevice info = device.info();
    this.file = folder.resolve(Digest.name(info.platform(), info.name(), info.version(), info.driver(),
        features.description()) + ".properties");
    this.device = device;
  }

  /** Beside the user's programs. */
  static TuningFile ofUser(OpenClDevice device, Features features) {
    return new TuningFile(UserFolder.cache().resolve("tuning"), device, features);
  }

  Path path() {
    return file;
  }

  Optional<Tuning> find() {
    Properties found = new Properties();
    try (Reader in = Files.newBufferedReader(file)) {
      found.load(in);
      Tuning start = Tuning.of(device.limits());
      Tuning tuning = start.withGemv(number(found, "gemvLanes"), number(found, "gemvRows"))
          .withDirect(number(found, "tokens"), number(found, "directRows"))
          .withTileSide(number(found, "tileSide")).withTiled(truth(found, "tiled"));
      return tuning.fits(device.limits()) ? Optional.of(tuning) : Optional.empty();
    } catch (IOException | IllegalArgumentException missingOrDamaged) {
      return Optional.empty();
    }
  }

  private static boolean truth(Properties found, String name) {
    return switch (found.getProperty(name, "")) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static int number(Properties found, String name) {
    return Integer.parseInt(found.getProperty(name, ""));
  }

  /** To be called before minutes are spent. @throws UncheckedIOException if the file could not be written */
  void requireWritable() {
    try {
      Files.createDirectories(file.getParent());
      Files.delete(Files.createTempFile(file.getParent(), "tuning", ".tmp"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** @throws UncheckedIOException if the file cannot be written */
  void store(Tuning tuning) {
    Properties found = new Properties();
    found.setProperty("gemvLanes", Integer.toString(tuning.gemvLanes()));
    found.setProperty("gemvRows", Integer.toString(tuning.gemvRows()));
    found.setProperty("tokens", Integer.toString(tuning.tokens()));
    found.setProperty("directRows", Integer.toString(tuning.directRows()));
    found.setProperty("tileSide", Integer.toString(tuning.tileSide()));
    found.setProperty("tiled", Boolean.toString(tuning.tiled()));
    try {
      Files.createDirectories(file.getParent());
      try (Writer out = Files.newBufferedWriter(file)) {
        found.store(out, device.info().name() + ", " + device.info().driver());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
