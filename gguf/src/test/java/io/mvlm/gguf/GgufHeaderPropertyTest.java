package io.mvlm.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.mvlm.core.MvlmException;
import io.mvlm.core.Shape;
import io.mvlm.core.Tensor;
import io.mvlm.core.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class GgufHeaderPropertyTest {
  @Provide
  Arbitrary<GgufValue> values() {
    return Arbitraries.lazyOf(this::scalars, this::arrays);
  }

  private Arbitrary<GgufValue> scalars() {
    return Arbitraries.oneOf(
        Arbitraries.strings().ofMaxLength(40).map(s -> new GgufValue.Text(clean(s))),
        Arbitraries.of(true, false).map(GgufValue.Bool::new),
        Arbitraries.floats().map(f -> new GgufValue.Real(GgufType.FLOAT32, f)),
        Arbitraries.doubles().map(d -> new GgufValue.Real(GgufType.FLOAT64, d)),
        Arbitraries.longs().map(l -> new GgufValue.Whole(GgufType.INT64, l)),
        Arbitraries.longs().map(l -> new GgufValue.Whole(GgufType.UINT64, l)),
        Arbitraries.integers().map(i -> new GgufValue.Whole(GgufType.INT32, i)),
        Arbitraries.integers().map(i -> new GgufValue.Whole(GgufType.UINT32, i & 0xffffffffL)),
        Arbitraries.shorts().map(s -> new GgufValue.Whole(GgufType.UINT16, s & 0xffff)),
        Arbitraries.bytes().map(b -> new GgufValue.Whole(GgufType.INT8, b)));
  }

  private Arbitrary<GgufValue> arrays() {
    return flatArrays().list().ofMaxSize(3)
        .flatMap(list -> list.isEmpty() ? flatArrays().map(a -> a) : Arbitraries.just(GgufArray.ofArrays(list)));
  }

  private Arbitrary<GgufArray> flatArrays() {
    return Arbitraries.oneOf(
        Arbitraries.strings().ofMaxLength(9).map(GgufHeaderPropertyTest::clean).list().ofMaxSize(50)
            .map(l -> GgufArray.of(l.toArray(new String[0]))),
        Arbitraries.longs().array(long[].class).ofMaxSize(50).map(a -> GgufArray.of(GgufType.INT64, a)),
        Arbitraries.floats().list().ofMaxSize(50).map(l -> {
          float[] floats = new float[l.size()];
          for (int i = 0; i < floats.length; i++) {
            floats[i] = l.get(i);
          }
          return GgufArray.of(floats);
        }));
  }

  /** Without lone surrogates, which UTF-8 cannot hold. */
  private static String clean(String text) {
    StringBuilder clean = new StringBuilder();
    text.codePoints().filter(c -> c < 0xd800 || c > 0xdfff).forEach(clean::appendCodePoint);
    return clean.toString();
  }

  @Provide
  Arbitrary<Map<String, GgufValue>> metadata() {
    Arbitrary<String> keys = Arbitraries.strings().withCharRange('a', 'z').withChars("._").ofMinLength(1).ofMaxLength(20);
    return Arbitraries.maps(keys, values()).ofMaxSize(12);
  }

  @Provide
  Arbitrary<List<Tensor>> tensors() {
    Arbitrary<Tensor> one = Combinators.combine(Arbitraries.of(TensorType.values()), Arbitraries.integers().between(1, 3),
        Arbitraries.integers().between(1, 4).list().ofMaxSize(3),
        Arbitraries.strings().ofMinLength(1).ofMaxLength(10)).as((type, blocks, rest, name) -> {
          long[] dimensions = new long[rest.size() + 1];
          for (int i = 0; i < rest.size(); i++) {
            dimensions[i] = rest.get(i);
          }
          dimensions[rest.size()] = (long) blocks * type.blockLength();
          String unique = clean(name) + "." + type + dimensions.length + blocks;
          return new Tensor(unique, type, Shape.of(dimensions), (offset, destination) -> {
            for (long i = 0; i < destination.byteSize(); i++) {
              destination.set(ValueLayout.JAVA_BYTE, i, (byte) ((offset + i) * 31 + unique.length()));
            }
          });
        });
    return one.list().uniqueElements(Tensor::name).ofMaxSize(8);
  }

  @Property(tries = 150)
  void whatIsWrittenIsRead(@ForAll("metadata") Map<String, GgufValue> metadata, @ForAll("tensors") List<Tensor> tensors)
      throws IOException {
    Path path = Files.createTempFile("mvlm", ".gguf");
    try {
      GgufWriter writer = new GgufWriter();
      metadata.forEach(writer::put);
      tensors.forEach(writer::tensor);
      writer.write(path, 1, ProgressListener.NONE);
      try (GgufFile file = GgufFile.open(path)) {
        assertEquals(metadata, file.metadata().asMap());
        assertEquals(tensors.stream().map(Tensor::name).toList(), List.copyOf(file.tensors().keySet()));
        for (Tensor want : tensors) {
          Tensor got = file.tensor(want.name());
          assertEquals(want.type(), got.type());
          assertEquals(want.shape(), got.shape());
          byte[] wanted = new byte[(int) want.byteSize()];
          want.data().read(0, MemorySegment.ofArray(wanted));
          assertArrayEquals(wanted, GoldenTensorsTest.bytes(got));
        }
      }
    } finally {
      Files.delete(path);
    }
  }

  @Property(tries = 300)
  void anyBytesAfterTheMagicNumberAreHandled(@ForAll("headers") byte[] bytes) throws IOException {
    Path path = Files.createTempFile("mvlm", ".gguf");
    try {
      Files.write(path, bytes);
      try (GgufFile file = GgufFile.open(path)) {
        assertEquals(bytes.length, file.byteSize());
      } catch (MvlmException expected) {
        assertEquals(1, expected.getMessage().lines().count());
      }
    } finally {
      Files.delete(path);
    }
  }

  @Provide
  Arbitrary<byte[]> headers() {
    Arbitrary<Long> counts = Arbitraries.longs().between(0, 3);
    Arbitrary<byte[]> rest = Arbitraries.bytes().between((byte) 0, (byte) 13).array(byte[].class).ofMaxSize(200);
    return Combinators.combine(Arbitraries.integers().between(2, 3), counts, counts, rest).as((version, tensorCount, keys, tail) -> {
      RawGguf raw = RawGguf.header(version, tensorCount, keys);
      for (byte b : tail) {
        raw.u8(b);
      }
      return raw.toArray();
    });
  }
}
