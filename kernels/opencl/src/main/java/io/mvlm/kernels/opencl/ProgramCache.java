package io.mvlm.kernels.opencl;

import io.mvlm.core.ComputeDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Optional;

/**
 * What drivers made of programs, in files named by a digest of device, driver, compiler options and source. Each file begins with a digest
 * of the rest: a damaged one counts as missing. A folder that cannot be written to makes start-up slower, nothing else. Several processes
 * may use one folder.
 *
 * <p>PoCL keeps what it compiles by itself, and asking it for a binary makes it compile all kernels for sizes that nobody needs: for it
 * nothing is kept.
 */
final class ProgramCache {
  /** Keeps nothing. */
  static final ProgramCache NONE = new ProgramCache(null);

  private static final String POCL = "Portable Computing Language";

  private final Path folder;

  /** @param folder made when something is stored; null = keep nothing */
  ProgramCache(Path folder) {
    this.folder = folder;
  }

  /** In the user's folder, for a device whose driver does not keep programs itself. */
  static ProgramCache ofUser(OpenClDevice device) {
    return device.info().platform().equals(POCL) ? NONE : new ProgramCache(UserFolder.cache().resolve("programs"));
  }

  /** Whether it is worth while to ask a driver for what it made. */
  boolean keeps() {
    return folder != null;
  }

  Optional<byte[]> find(OpenClDevice device, String options, String source) {
    if (!keeps()) {
      return Optional.empty();
    }
    try {
      byte[] file = Files.readAllBytes(place(device, options, source));
      if (file.length <= Digest.BYTES) {
        return Optional.empty();
      }
      byte[] binary = Arrays.copyOfRange(file, Digest.BYTES, file.length);
      return Arrays.equals(Digest.of(binary), Arrays.copyOf(file, Digest.BYTES)) ? Optional.of(binary) : Optional.empty();
    } catch (IOException missing) {
      return Optional.empty();
    }
  }

  void store(OpenClDevice device, String options, String source, byte[] binary) {
    if (!keeps() || binary.length == 0) {
      return;
    }
    try {
      Files.createDirectories(folder);
      Path temporary = Files.createTempFile(folder, "program", ".tmp");
      try {
        byte[] file = Arrays.copyOf(Digest.of(binary), Digest.BYTES + binary.length);
        System.arraycopy(binary, 0, file, Digest.BYTES, binary.length);
        Files.write(temporary, file);
        Files.move(temporary, place(device, options, source), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException readOnly) {
      // The next start builds again.
    }
  }

  private Path place(OpenClDevice device, String options, String source) {
    ComputeDevice info = device.info();
    return folder.resolve(Digest.name(info.platform(), info.name(), info.version(), info.driver(), options, source) + ".bin");
  }
}
