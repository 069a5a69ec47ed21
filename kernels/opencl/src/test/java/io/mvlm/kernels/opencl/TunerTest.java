package io.mvlm.kernels.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.BackendUnavailableException;
import io.mvlm.core.ComputeDevice;
import io.mvlm.core.Role;
import io.mvlm.core.TensorType;
import io.mvlm.kernels.cpu.RandomTensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sizes of work groups: which are allowed, measured, and kept. */
class TunerTest {
  private static final OpenClDevice.Limits GPU = new OpenClDevice.Limits(1024, 48 << 10, true, false);

  @TempDir
  private Path folder;

  private static OpenClDevice device(String driver, OpenClDevice.Limits limits) {
    return new OpenClDevice(1, 2,
        new ComputeDevice(0, "platform", "name", "GPU", "OpenCL 1.2", driver, 8, 1 << 30, 1 << 28, false, List.of()), limits);
  }

  @Test
  void everyKindOfDeviceCanRunWhatItStartsWith() {
    for (int workGroup : new int[] {1, 8, 64, 100, 256, 1024}) {
      for (long local : new long[] {1 << 10, 16 << 10, 32 << 10, 48 << 10}) {
        for (boolean fast : new boolean[] {true, false}) {
          for (boolean processor : new boolean[] {true, false}) {
            OpenClDevice.Limits limits = new OpenClDevice.Limits(workGroup, local, fast, processor);
            assertTrue(Tuning.of(limits).fits(limits), Tuning.of(limits) + " on " + limits);
          }
        }
      }
    }
  }

  /** A GPU runs the items of a group side by side, 16 to 64 at a time. */
  @Test
  void groupsOfAGpuAreWide() {
    assertEquals(64, Tuning.of(GPU).directRows());
    assertEquals(16, Tuning.of(new OpenClDevice.Limits(16, 32 << 10, false, false)).directRows());
  }

  /** The sizes at hand may be those that the device cannot run: others are found all the same. */
  @Test
  void nothingIsBuiltForTheMatricesOfTheTuner() {
    Tuning impossible = new Tuning(1, 8, false, 8, -1, 8, 8, 8, 8); // no array has so many elements
    try (OpenClBackend backend = Devices.backend(impossible, Features.NONE)) {
      new Tuner(backend, Devices.any().limits());
      assertThrows(BackendUnavailableException.class,
          () -> backend.prepare(Role.LINEAR, new RandomTensors(1).matrix(TensorType.Q4_0, 2, 32, 1)));
      assertTrue(backend.memory().bytes() >= 64 << 20);
    }
  }

  @Test
  void whatWasFoundIsKeptForDeviceAndDriver() {
    Tuning tuning = Tuning.of(GPU).withGemv(8, 2).withTiled(false).withDirect(2, 32);
    new TuningFile(folder, device("1", GPU), Features.NONE).store(tuning);
    assertEquals(Optional.of(tuning), new TuningFile(folder, device("1", GPU), Features.NONE).find());
    assertEquals(Optional.empty(), new TuningFile(folder, device("2", GPU), Features.NONE).find());
    Features others = new Features(Set.of(Features.Feature.DOT), "CL3.0", "");
    assertEquals(Optional.empty(), new TuningFile(folder, device("1", GPU), others).find());
  }

  @Test
  void aFolderThatCannotBeWrittenIsNoticedBeforeAnythingIsMeasured() throws IOException {
    TuningFile file = new TuningFile(Files.writeString(folder.resolve("cache"), "a file"), device("1", GPU), Features.NONE);
    assertThrows(UncheckedIOException.class, file::requireWritable);
    TuningFile good = new TuningFile(folder.resolve("new"), device("1", GPU), Features.NONE);
    good.requireWritable();
    assertEquals(Optional.empty(), good.find());
  }

  @Test
  void damagedOrImpossibleFilesCountAsMissing() throws IOException {
    TuningFile file = new TuningFile(folder, device("1", GPU), Features.NONE);
    file.store(Tuning.of(GPU));
    String good = Files.readString(file.path());
    for (String bad : List.of("", "gemvLanes=x", good.replaceAll("gemvLanes=.*", "gemvLanes=3"),
        good.replaceAll("gemvRows=.*", "gemvRows=5000"), good.replaceAll("gemvRows=.*", "gemvRows=134217728"), // times 32 lanes is 2³²
        good.replaceAll("tiled=.*", ""), good.replaceAll("tiled=.*", "tiled=yes"),
        good.replaceAll("tileSide=.*", "tileSide=0"), good.replaceAll("tokens=.*", "tokens=-1"),
        good.replaceAll("directRows=.*", "directRows=2000"), "\\u12")) {
      Files.writeString(file.path(), bad);
      assertEquals(Optional.empty(), file.find(), bad);
    }
    assertNotEquals(Optional.empty(), restored(file, good));
  }

  private static Optional<Tuning> restored(TuningFile file, String text) throws IOException {
    Files.writeString(file.path(), text);
    return file.find();
  }

  /** Builds many kernels. */
  @Tag("slow")
  @Test
  void theFastestIsAsFastAsTheStart() {
    OpenClDevice device = Devices.any();
    try (OpenClBackend backend = Devices.backend()) {
      Tuning slow = Devices.tuning().withGemv(64, 1).withTiled(true);
      Tuning best = new Tuner(backend, device.limits()).tune(slow);
      assertTrue(best.fits(device.limits()));
      assertFalse(device.limits().processor() && best.equals(slow), "on a processor nothing is slower than " + slow);
    }
  }
}
