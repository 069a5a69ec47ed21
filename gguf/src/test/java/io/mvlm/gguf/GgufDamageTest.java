package io.mvlm.gguf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.InvalidDataException;
import io.mvlm.core.MvlmException;
import io.mvlm.core.Shape;
import io.mvlm.core.Tensor;
import io.mvlm.core.UnsupportedFeatureException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufDamageTest {
  private static final int F32 = 0;
  private static final int Q4_0 = 2;

  @TempDir Path dir;

  private String refused(RawGguf raw, String... parts) {
    return refused(InvalidDataException.class, raw.write(dir.resolve("bad.gguf")), parts);
  }

  private static String refused(Class<? extends MvlmException> kind, Path path, String... parts) {
    String message = assertThrows(kind, () -> GgufFile.open(path)).getMessage();
    for (String part : parts) {
      assertTrue(message.contains(part), message);
    }
    assertTrue(message.contains(path.getFileName().toString()) && message.lines().count() == 1, message);
    return message;
  }

  @Test
  void otherFiles() throws IOException {
    refused(new RawGguf(), "magic");
    refused(new RawGguf().zeros(100), "\\x00\\x00\\x00\\x00", "expected \"GGUF\"");
    refused(new RawGguf().u32(0x46554747).u32(3), "needs 8 bytes");
    refused(RawGguf.header(9, 0, 0), "version 9", "2 or 3");
    refused(UnsupportedFeatureException.class, RawGguf.header(1, 0, 0).write(dir.resolve("one.gguf")), "version 1");
    refused(UnsupportedFeatureException.class, RawGguf.header(0x03000000, 0, 0).write(dir.resolve("big.gguf")), "big-endian", "version 3");
    refused(MvlmException.class, dir, "not a file");
    refused(MvlmException.class, dir.resolve("absent.gguf"), "no such file");
  }

  @Test
  void versionTwoLoads() {
    Path path = RawGguf.header(2, 1, 1).key("k", GgufType.UINT8).u8(5).tensor("t", F32, 0, 2, 3).pad().zeros(24)
        .write(dir.resolve("v2.gguf"));
    try (GgufFile file = GgufFile.open(path)) {
      assertEquals(2, file.version());
      assertEquals(5, file.metadata().integer("k"));
      assertEquals("[3, 2]", file.tensor("t").shape().toString());
    }
  }

  @Test
  void countsBeyondTheFile() {
    refused(RawGguf.header(3, 1L << 40, 0), "1099511627776 tensors");
    refused(RawGguf.header(3, -1, 0), "18446744073709551615 tensors");
    refused(RawGguf.header(3, 1000, 0).zeros(100), "1000 tensors");
    refused(RawGguf.header(3, 0, 1 << 17).zeros(100), "131072 metadata keys");
    refused(RawGguf.header(3, 0, 1).u64(1L << 62).zeros(10), "metadata key 0");
    refused(RawGguf.header(3, 0, 1).u64(-1).zeros(10), "metadata key 0");
    refused(RawGguf.header(3, 0, 1).key("k", GgufType.STRING).u64(1L << 33), "k", "8589934592");
    refused(RawGguf.header(3, 0, 1).key("k", GgufType.ARRAY).u32(GgufType.UINT64.id()).u64(Integer.MAX_VALUE - 8).zeros(50), "k");
    refused(RawGguf.header(3, 0, 1).key("k", GgufType.ARRAY).u32(GgufType.STRING.id()).u64(3).text("a").u64(Long.MAX_VALUE).zeros(40), "k");
    refused(RawGguf.header(3, 0, 1).key("k", GgufType.ARRAY).u32(GgufType.ARRAY.id()).u64(-5).zeros(40), "k");
  }

  @Test
  void badMetadata() {
    refused(RawGguf.header(3, 0, 1).text("k").u32(13).u64(0), "type 13", "k");
    refused(RawGguf.header(3, 0, 1).key("k", GgufType.ARRAY).u32(99).u64(0), "type 99", "k");
    refused(RawGguf.header(3, 0, 1).key("k", GgufType.BOOL).u8(2), "boolean 2", "k");
    refused(RawGguf.header(3, 0, 2).key("twice", GgufType.UINT8).u8(1).key("twice", GgufType.UINT8).u8(1), "twice occurs twice");
    refused(RawGguf.header(3, 0, 1).key("", GgufType.UINT8).u8(1).zeros(9), "empty");
    refused(RawGguf.header(3, 0, 1).key("a\nb", GgufType.BOOL).u8(2), "a?b");
    refused(RawGguf.header(3, 0, 1).key("general.alignment", GgufType.UINT32).u32(24), "general.alignment is 24");
    refused(RawGguf.header(3, 0, 1).key("general.alignment", GgufType.UINT32).u32(0), "general.alignment is 0");
    refused(RawGguf.header(3, 0, 1).key("general.alignment", GgufType.UINT32).u32(1L << 31), "general.alignment");
    refused(RawGguf.header(3, 0, 1).key("general.alignment", GgufType.STRING).text("32"), "general.alignment", "STRING");
  }

  @Test
  void arraysNestedTooDeep() {
    RawGguf raw = RawGguf.header(3, 0, 1).key("deep", GgufType.ARRAY);
    for (int i = 0; i < 100_000; i++) {
      raw.u32(GgufType.ARRAY.id()).u64(1);
    }
    refused(raw, "deep", "nested");
  }

  @Test
  void unknownTypesAreNamed() {
    for (String known : new String[] {"34 TQ1_0", "39 MXFP4", "16 IQ2_XXS", "4096"}) {
      int id = Integer.parseInt(known.split(" ")[0]);
      Path path = RawGguf.header(3, 1, 0).tensor("w", id, 0, 256).pad().zeros(600).write(dir.resolve("unknown.gguf"));
      refused(UnsupportedFeatureException.class, path, "tensor w", known.replaceAll("\\d+ ", ""), "IQ4_XS");
    }
  }

  @Test
  void badShapes() {
    refused(RawGguf.header(3, 1, 0).tensor("w", F32, 0).pad().zeros(64), "w has 0 dimensions");
    refused(RawGguf.header(3, 1, 0).tensor("w", F32, 0, 1, 1, 1, 1, 1).pad().zeros(64), "w has 5 dimensions");
    refused(RawGguf.header(3, 1, 0).tensor("w", F32, 0, 4, 0).pad().zeros(64), "dimension of 0");
    refused(RawGguf.header(3, 1, 0).tensor("w", F32, 0, -4).pad().zeros(64), "w", "18446744073709551612");
    refused(RawGguf.header(3, 1, 0).tensor("w", F32, 0, 1L << 40, 1L << 40).pad().zeros(64), "w", "64 bits");
    refused(RawGguf.header(3, 1, 0).tensor("w", F32, 0, 1L << 31, 1L << 31).pad().zeros(64), "w", "too large");
    refused(RawGguf.header(3, 1, 0).tensor("w", Q4_0, 0, 48, 2).pad().zeros(64), "w", "rows of 48", "multiple of 32");
    refused(RawGguf.header(3, 1, 0).tensor("", F32, 0, 4).pad().zeros(64), "tensor 0 is empty");
  }

  @Test
  void badPlaces() {
    refused(RawGguf.header(3, 1, 0).tensor("w", F32, 16, 4).pad().zeros(64), "w has offset 16", "alignment 32");
    refused(RawGguf.header(3, 1, 0).tensor("w", F32, -32, 4).pad().zeros(64), "w has offset");
    refused(RawGguf.header(3, 1, 0).tensor("w", F32, 64, 4).pad().zeros(64), "w needs 16 bytes at offset 64");
    refused(RawGguf.header(3, 1, 0).tensor("w", F32, 1L << 62, 4).pad().zeros(64), "w needs 16 bytes");
    refused(RawGguf.header(3, 1, 0).tensor("w", F32, 0, 17).pad().zeros(64), "w needs 68 bytes");
    refused(RawGguf.header(3, 1, 0).tensor("w", F32, 0, 1), "w needs 4 bytes");
    refused(RawGguf.header(3, 2, 0).tensor("a", F32, 32, 4).tensor("b", F32, 0, 9).pad().zeros(64), "b and a overlap");
    refused(RawGguf.header(3, 2, 0).tensor("a", F32, 0, 4).tensor("a", F32, 32, 4).pad().zeros(64), "a occurs twice");
  }

  private byte[] sample() throws IOException {
    Path path = dir.resolve("sample.gguf");
    new GgufWriter().string("general.architecture", "llama").uint32("llama.block_count", 2).float32("eps", 1e-6f).bool("flag", true)
        .strings("tokens", "<unk>", "<s>", "</s>", "▁the").floats("scores", 0, -1, -2, -3).integers("types", 2, 3, 3, 1)
        .put("nested", GgufArray.ofArrays(List.of(GgufArray.of("x"), GgufArray.of(true))))
        .tensor(Tensor.ofFloats("a", Shape.of(2, 3), 1, 2, 3, 4, 5, 6)).tensor(Tensor.ofFloats("b", Shape.of(8), new float[8]))
        .write(path);
    return Files.readAllBytes(path);
  }

  /** Loads and reads everything, or throws an MvlmException; nothing else. */
  private boolean loads(byte[] bytes) throws IOException {
    Path path = Files.write(dir.resolve("mutant.gguf"), bytes);
    return assertTimeoutPreemptively(Duration.ofSeconds(5), () -> {
      try (GgufFile file = GgufFile.open(path)) {
        file.metadata().asMap().forEach((key, value) -> value.toString());
        for (Tensor tensor : file.tensors().values()) {
          tensor.toFloats();
        }
        return true;
      } catch (MvlmException e) {
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        return false;
      }
    });
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    byte[] sample = sample();
    assertTrue(loads(sample));
    for (int length = 0; length < sample.length - 32; length++) {
      assertTrue(!loads(Arrays.copyOf(sample, length)), "loads with " + length + " of " + sample.length + " bytes");
    }
  }

  @Test
  void everyByteChanged() throws IOException {
    byte[] sample = sample();
    Random random = new Random(1);
    int refused = 0;
    for (int at = 0; at < sample.length; at++) {
      byte[] mutant = sample.clone();
      mutant[at] = (byte) (at % 3 == 0 ? 0xff : at % 3 == 1 ? mutant[at] + 1 : random.nextInt());
      refused += loads(mutant) ? 0 : 1;
    }
    assertTrue(refused > 100, refused + " refused");
  }

  @Test
  void runsOfBytesChanged() throws IOException {
    byte[] sample = sample();
    Random random = new Random(2);
    for (int round = 0; round < 400; round++) {
      byte[] mutant = sample.clone();
      for (int change = random.nextInt(4); change >= 0; change--) {
        int at = 8 + random.nextInt(sample.length - 16);
        long value = switch (random.nextInt(4)) {
          case 0 -> random.nextLong();
          case 1 -> Long.MAX_VALUE;
          case 2 -> random.nextInt(1 << 20);
          default -> 0;
        };
        for (int i = 0; i < 8; i++) {
          mutant[at + i] = (byte) (value >>> 8 * i);
        }
      }
      loads(mutant);
    }
  }

  @Test
  void hugeClaimsInASparseFileTakeNoMemory() throws IOException {
    Path path = RawGguf.header(3, 0, 1).key("k", GgufType.ARRAY).u32(GgufType.UINT8.id()).u64(1L << 30).write(dir.resolve("claim.gguf"));
    try (RandomAccessFile sparse = new RandomAccessFile(path.toFile(), "rw")) {
      sparse.setLength(1L << 32);
    }
    refused(InvalidDataException.class, path, "allowed for the header");
  }

  @Test
  void truncatedWhileOpen() throws IOException {
    sample();
    Path path = dir.resolve("sample.gguf");
    try (GgufFile file = GgufFile.open(path)) {
      try (RandomAccessFile cut = new RandomAccessFile(path.toFile(), "rw")) {
        cut.setLength(cut.length() - 40);
      }
      String message = assertThrows(InvalidDataException.class, () -> file.tensor("b").toFloats()).getMessage();
      assertTrue(message.contains("truncated"), message);
    }
  }

  @Test
  void closedFilesSaySo() throws IOException {
    sample();
    GgufFile file = GgufFile.open(dir.resolve("sample.gguf"));
    Tensor tensor = file.tensor("a");
    file.close();
    assertTrue(assertThrows(MvlmException.class, tensor::toFloats).getMessage().contains("closed"));
  }

  @Test
  void placesBeyondTwoGibibytes() throws IOException {
    long far = 3L << 30;
    Path path = RawGguf.header(3, 2, 0).tensor("head", F32, 0, 8).tensor("far", F32, far, 4).pad().write(dir.resolve("large.gguf"));
    long dataStart = Files.size(path);
    try (RandomAccessFile sparse = new RandomAccessFile(path.toFile(), "rw")) {
      sparse.seek(dataStart + far + 4);
      sparse.write(new byte[] {0, 0, (byte) 0x80, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0});
    }
    try (GgufFile file = GgufFile.open(path)) {
      assertEquals(1f, file.tensor("far").toFloats()[1]);
      MemorySegment last = MemorySegment.ofArray(new byte[4]);
      file.tensor("far").data().read(12, last);
    }
  }

  @Test
  void tensorsLargerThanTwoGibibytes() throws IOException {
    Path path = RawGguf.header(3, 1, 0).tensor("wide", F32, 0, 1 << 15, 1 << 15).pad().write(dir.resolve("wide.gguf"));
    long dataStart = Files.size(path);
    try (RandomAccessFile sparse = new RandomAccessFile(path.toFile(), "rw")) {
      sparse.setLength(dataStart + (4L << 30));
      sparse.seek(dataStart + (4L << 30) - 4);
      sparse.write(new byte[] {0, 0, 0x20, 0x41});
    }
    try (GgufFile file = GgufFile.open(path)) {
      assertEquals(4L << 30, file.tensor("wide").byteSize());
      float[] last = new float[1];
      file.tensor("wide").data().read((4L << 30) - 4, MemorySegment.ofArray(last));
      assertEquals(10f, last[0]);
    }
  }
}
