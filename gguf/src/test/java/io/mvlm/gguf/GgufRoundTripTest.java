package io.mvlm.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mvlm.core.CancelledException;
import io.mvlm.core.InvalidDataException;
import io.mvlm.core.MvlmException;
import io.mvlm.core.Shape;
import io.mvlm.core.Tensor;
import io.mvlm.core.TensorType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GgufRoundTripTest {
  @TempDir Path dir;

  @Test
  void everyMetadataTypeComesBack() {
    GgufArray nested = GgufArray.ofArrays(List.of(
        GgufArray.of("a", "", "▁naïve 🙂"), GgufArray.of(GgufType.INT16, -1, 32767), GgufArray.ofArrays(List.of(GgufArray.of(1.5f)))));
    GgufWriter writer = new GgufWriter()
        .put("u8", new GgufValue.Whole(GgufType.UINT8, 255)).put("i8", new GgufValue.Whole(GgufType.INT8, -128))
        .put("u16", new GgufValue.Whole(GgufType.UINT16, 65535)).put("i16", new GgufValue.Whole(GgufType.INT16, -32768))
        .uint32("u32", 4294967295L).put("i32", new GgufValue.Whole(GgufType.INT32, Integer.MIN_VALUE))
        .put("u64", new GgufValue.Whole(GgufType.UINT64, -1)).put("i64", new GgufValue.Whole(GgufType.INT64, Long.MIN_VALUE))
        .float32("f32", 1e-6f).put("f64", new GgufValue.Real(GgufType.FLOAT64, Math.PI))
        .bool("yes", true).bool("no", false).string("text", "line\nüß🙂").string("empty", "")
        .strings("strings", "<unk>", "▁the", "").floats("floats", 0f, -1.25f, Float.NEGATIVE_INFINITY).integers("ints", 1, -2, 3)
        .put("doubles", GgufArray.of(1e300, -0.0)).put("bools", GgufArray.of(true, false, true))
        .put("u64s", GgufArray.of(GgufType.UINT64, -1, 7)).put("u8s", GgufArray.of(GgufType.UINT8, 200))
        .put("none", GgufArray.of(new String[0])).put("nested", nested);
    Path path = dir.resolve("all.gguf");
    writer.write(path);
    try (GgufFile file = GgufFile.open(path)) {
      GgufMetadata m = file.metadata();
      assertEquals(23, m.size());
      assertEquals("u8", m.keys().iterator().next());
      assertEquals(255, m.integer("u8"));
      assertEquals(-128, m.integer("i8"));
      assertEquals(65535, m.integer("u16"));
      assertEquals(-32768, m.integer("i16"));
      assertEquals(4294967295L, m.longValue("u32"));
      assertEquals(Integer.MIN_VALUE, m.integer("i32"));
      assertEquals("18446744073709551615", m.find("u64").orElseThrow().toString());
      assertEquals(Long.MIN_VALUE, m.longValue("i64"));
      assertEquals(1e-6f, (float) m.floating("f32"));
      assertEquals(Math.PI, m.floating("f64"));
      assertEquals(255.0, m.floating("u8"));
      assertTrue(m.bool("yes"));
      assertFalse(m.bool("no", true));
      assertEquals("line\nüß🙂", m.string("text"));
      assertEquals("", m.string("empty"));
      assertArrayEquals(new String[] {"<unk>", "▁the", ""}, m.strings("strings"));
      assertArrayEquals(new float[] {0f, -1.25f, Float.NEGATIVE_INFINITY}, m.floats("floats"));
      assertArrayEquals(new int[] {1, -2, 3}, m.integers("ints"));
      assertArrayEquals(new float[] {Float.POSITIVE_INFINITY, -0f}, m.floats("doubles"));
      assertArrayEquals(new int[] {200}, m.integers("u8s"));
      assertEquals(GgufArray.of(true, false, true), m.find("bools").orElseThrow());
      assertEquals(0, m.strings("none").length);
      assertEquals(nested, m.find("nested").orElseThrow());
      assertEquals(7, m.integer("absent", 7));
      assertEquals("x", m.string("absent", "x"));
      for (Runnable wrong : List.<Runnable>of(
          () -> m.integer("text"), () -> m.integer("u32"), () -> m.longValue("u64"), () -> m.string("u8"),
          () -> m.strings("ints"), () -> m.floats("ints"), () -> m.integers("floats"), () -> m.integers("u64s"), () -> m.bool("u8"),
          () -> m.bool("text", true), () -> m.floating("text"), () -> m.string("absent"), () -> m.strings("text"),
          () -> m.integers("absent"))) {
        String message = assertThrows(InvalidDataException.class, wrong::run).getMessage();
        assertTrue(message.contains("all.gguf") && message.contains("expected"), message);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8, 32, 64, 4096})
  void tensorsComeBack(int alignment) {
    float[] vector = new float[32];
    float[] kernel = new float[2 * 3 * 5 * 7];
    for (int i = 0; i < kernel.length; i++) {
      kernel[i] = i;
      vector[i % 32] = -i;
    }
    Path path = dir.resolve("tensors.gguf");
    new GgufWriter().alignment(alignment).string("general.architecture", "test").tensor(Tensor.ofFloats("vector", Shape.of(32), vector))
        .tensor(new Tensor("rows", TensorType.Q4_0, Shape.of(1000, 96), new ComputedRows(TensorType.Q4_0, 96, (row, values) -> {
          Arrays.fill(values, -row);
        })))
        .tensor(Tensor.ofFloats("kernel", Shape.of(2, 3, 5, 7), kernel)).write(path);
    try (GgufFile file = GgufFile.open(path)) {
      assertEquals(alignment, file.alignment());
      assertEquals(3, file.version());
      assertEquals(List.of("vector", "rows", "kernel"), new ArrayList<>(file.tensors().keySet()));
      assertArrayEquals(vector, file.tensor("vector").toFloats());
      assertArrayEquals(kernel, file.tensor("kernel").toFloats());
      assertEquals(Shape.of(2, 3, 5, 7), file.tensor("kernel").shape());
      assertEquals(-999f, file.tensor("rows").toFloats()[96 * 999], 0.5f);
      assertTrue(file.find("absent").isEmpty());
      assertTrue(assertThrows(InvalidDataException.class, () -> file.tensor("absent")).getMessage().contains("absent"));
      MemorySegment native3 = Arena.ofAuto().allocate(12);
      file.tensor("kernel").data().read(40, native3);
      assertEquals(10f, native3.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0));
      float[] floats = new float[3];
      file.tensor("kernel").data().read(40, MemorySegment.ofArray(floats));
      assertArrayEquals(new float[] {10, 11, 12}, floats);
      assertThrows(IndexOutOfBoundsException.class, () -> file.tensor("kernel").data().read(4L * kernel.length - 4, native3));
    }
  }

  /** Also from memory of every kind into memory of every kind, and in pieces. */
  @Test
  void bytesInMemoryAreTheSameFile() throws IOException {
    Path path = dir.resolve("model.gguf");
    float[] values = new float[5000];
    for (int i = 0; i < values.length; i++) {
      values[i] = i - 0.5f;
    }
    new GgufWriter().string("general.name", "x".repeat(100_000)).tensor(Tensor.ofFloats("a", Shape.of(3), 1f, 2f, 3f))
        .tensor(Tensor.ofFloats("b", Shape.of(values.length), values)).write(path);
    byte[] bytes = Files.readAllBytes(path);
    try (GgufFile onDisk = GgufFile.open(path); GgufFile file = GgufFile.of("bytes", bytes)) {
      assertEquals("bytes", file.name());
      assertEquals(path.toString(), onDisk.name());
      assertEquals(onDisk.byteSize(), file.byteSize());
      assertEquals(onDisk.metadata().asMap(), file.metadata().asMap());
      assertArrayEquals(values, file.tensor("b").toFloats());
      float[] piece = new float[2];
      file.tensor("b").data().read(4 * 77, MemorySegment.ofArray(piece));
      assertArrayEquals(new float[] {76.5f, 77.5f}, piece);
      MemorySegment native8 = Arena.ofAuto().allocate(8);
      file.tensor("b").data().read(4L * values.length - 8, native8);
      assertEquals(4998.5f, native8.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4));
      assertThrows(IndexOutOfBoundsException.class, () -> file.tensor("b").data().read(4L * values.length - 4, native8));
    }
    byte[] cut = Arrays.copyOf(bytes, bytes.length - 4);
    assertTrue(assertThrows(InvalidDataException.class, () -> GgufFile.of("half", cut)).getMessage().startsWith("half: tensor b"));
  }

  @Test
  void rowsReadInPiecesEqualRowsReadWhole() {
    ComputedRows rows = new ComputedRows(TensorType.Q8_0, 64, (row, values) -> {
      for (int i = 0; i < values.length; i++) {
        values[i] = row * 100 + i;
      }
    });
    byte[] whole = new byte[68 * 10];
    rows.read(0, MemorySegment.ofArray(whole));
    byte[] pieces = new byte[whole.length];
    for (int at = 0, step = 1; at < pieces.length; at += step, step = step * 3 % 101 + 1) {
      rows.read(at, MemorySegment.ofArray(pieces).asSlice(at, Math.min(step, pieces.length - at)));
    }
    assertArrayEquals(whole, pieces);
  }

  @Test
  void vocabularyWithoutTensors() {
    Path path = dir.resolve("vocabulary.gguf");
    new GgufWriter().strings("tokenizer.ggml.tokens", "a", "b").write(path);
    try (GgufFile file = GgufFile.open(path)) {
      assertTrue(file.tensors().isEmpty());
      assertEquals(2, file.metadata().strings("tokenizer.ggml.tokens").length);
    }
  }

  @Test
  void failuresLeaveNothingBehind() throws IOException {
    Path path = dir.resolve("model.gguf");
    new GgufWriter().string("general.name", "old").write(path);
    Tensor bad = new Tensor("bad", TensorType.F32, Shape.of(4), (offset, destination) -> {
      throw new MvlmException("source failed");
    });
    GgufWriter broken = new GgufWriter().string("general.name", "new").tensor(bad);
    assertEquals("source failed", assertThrows(MvlmException.class, () -> broken.write(path)).getMessage());
    assertThrows(MvlmException.class, () -> new GgufWriter().write(dir.resolve("no such folder").resolve("x.gguf")));
    try (Stream<Path> left = Files.list(dir); GgufFile file = GgufFile.open(path)) {
      assertEquals(1, left.count());
      assertEquals("old", file.metadata().string("general.name"));
    }
  }

  @Test
  void interruptingStopsTheWriter() throws Exception {
    Path path = dir.resolve("long.gguf");
    GgufWriter endless = new GgufWriter().tensor(new Tensor("slow", TensorType.F32, Shape.of(1 << 12, 1 << 18), (offset, destination) -> {
      try {
        Thread.sleep(5);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }));
    Thread.currentThread().interrupt();
    assertThrows(CancelledException.class, () -> endless.write(path, 2, ProgressListener.NONE));
    assertTrue(Thread.interrupted());
    try (Stream<Path> left = Files.list(dir)) {
      assertEquals(0, left.count());
    }
  }

  @Test
  void progressReachesTheTotal() {
    List<Long> heard = new ArrayList<>();
    ComputedRows zeros = new ComputedRows(TensorType.F16, 1024, (row, values) -> {});
    new GgufWriter().tensor(new Tensor("w", TensorType.F16, Shape.of(5000, 1024), zeros))
        .write(dir.resolve("w.gguf"), 2, (done, total) -> {
          assertEquals(5000 * 2048L, total);
          heard.add(done);
        });
    assertEquals(5000 * 2048L, heard.getLast());
    assertEquals(heard.stream().sorted().toList(), heard);
  }

  @Test
  void writerRefusesNonsense() {
    GgufWriter writer = new GgufWriter().tensor(Tensor.ofFloats("a", Shape.of(1), 1f));
    assertThrows(IllegalArgumentException.class, () -> writer.tensor(Tensor.ofFloats("a", Shape.of(1), 1f)));
    assertThrows(IllegalArgumentException.class, () -> writer.tensor(Tensor.ofFloats("b", Shape.of(0))));
    assertThrows(IllegalArgumentException.class, () -> writer.tensor(new Tensor("c", TensorType.Q4_0, Shape.of(2, 48), (o, d) -> {})));
    assertThrows(IllegalArgumentException.class, () -> writer.alignment(24));
    assertThrows(IllegalArgumentException.class, () -> writer.put("k", new GgufValue.Whole(GgufType.UINT8, 256)));
    assertThrows(IllegalArgumentException.class, () -> writer.string("", "x"));
  }
}
