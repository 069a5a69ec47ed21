package io.mvlm.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;

/** How many threads compute best: a second thread on one core shares its multipliers and only disturbs. */
final class ProcessorCount {
  private ProcessorCount() {}

  /** min(physical cores, processors that this JVM may use), at least 1. */
  static int computeThreads() {
    int available = Runtime.getRuntime().availableProcessors();
    return Math.max(1, Math.min(available, physicalCores(Path.of("/sys/devices/system/cpu"), available)));
  }

  /** Distinct groups of sibling threads as Linux lists them; {@code otherwise} where it does not. */
  static int physicalCores(Path cpus, int otherwise) {
    try (Stream<Path> list = Files.list(cpus)) {
      Set<String> siblings = new HashSet<>();
      for (Path cpu : list.filter(p -> p.getFileName().toString().matches("cpu\\d+")).toList()) {
        Path file = cpu.resolve("topology/thread_siblings_list");
        if (Files.isReadable(file)) {
          siblings.add(Files.readString(file).strip());
        }
      }
      return siblings.isEmpty() ? otherwise : siblings.size();
    } catch (IOException | UncheckedIOException e) {
      return otherwise;
    }
  }
}
