package io.mvlm.gguf;

import io.mvlm.core.InvalidDataException;
import io.mvlm.core.MvlmException;
import io.mvlm.core.Shape;
import io.mvlm.core.Tensor;
import io.mvlm.core.TensorData;
import io.mvlm.core.TensorType;
import io.mvlm.core.UnsupportedFeatureException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * An open GGUF file, version 2 or 3, little-endian. Opening reads and validates the header: metadata and the names, types, shapes and
 * places of tensors. Tensor bytes are read by position when they are asked for, and never mapped, so that files of any size cost no more
 * memory than what is read. A small file may also be given as bytes in memory.
 *
 * <p>Thread-safe. Tensors stay readable until the file is closed. Interrupting a thread that reads closes the file.
 */
public final class GgufFile implements AutoCloseable {
  static final int MAGIC = 'G' | 'G' << 8 | 'U' << 16 | 'F' << 24;
  static final int DEFAULT_ALIGNMENT = 32;
  static final String ALIGNMENT_KEY = "general.alignment";
  static final int MAX_DIMENSIONS = 4;
  private static final int MAX_ALIGNMENT = 1 << 20;
  private static final int MAX_KEYS = 1 << 18;
  private static final int MAX_TENSORS = 1 << 18;
  private static final int MIN_PAIR_BYTES = 8 + 1 + 4 + 1;
  private static final int MIN_TENSOR_BYTES = 8 + 1 + 4 + 8 + 4 + 8;

  private final ByteSource file;
  private final int version;
  private final int alignment;
  private final GgufMetadata metadata;
  private final Map<String, Tensor> tensors;

  private GgufFile(ByteSource file, int version, int alignment, GgufMetadata metadata, Map<String, Tensor> tensors) {
    this.file = file;
    this.version = version;
    this.alignment = alignment;
    this.metadata = metadata;
    this.tensors = Collections.unmodifiableMap(tensors);
  }

  /**
   * Opens and validates a file.
   *
   * @throws InvalidDataException if it is no GGUF file, or damaged
   * @throws UnsupportedFeatureException if it is of version 1, big-endian, or holds a tensor of a type that mvlm does not read
   * @throws MvlmException if it cannot be read
   */
  public static GgufFile open(Path path) {
    return read(PositionedFile.open(path));
  }

  /**
   * Validates a file that is in memory.
   *
   * @param name what messages call it
   * @param bytes all of the file; not copied, and not to be written to any more
   * @throws InvalidDataException if it is no GGUF file, or damaged
   * @throws UnsupportedFeatureException as {@link #open}
   */
  public static GgufFile of(String name, byte[] bytes) {
    return read(new BytesInMemory(name, bytes));
  }

  private static GgufFile read(ByteSource file) {
    try {
      return validated(file);
    } catch (Throwable e) {
      file.close();
      throw e;
    }
  }

  private static GgufFile validated(ByteSource file) {
    HeaderReader in = new HeaderReader(file);
    int magic = in.int32("the magic number of a GGUF file");
    if (magic != MAGIC) {
      throw new InvalidDataException(file.name() + ": found " + magicText(magic) + " at byte 0, expected \"GGUF\"");
    }
    int version = in.int32("the version");
    if (version != 0 && (version & 0xffff) == 0) {
      throw new UnsupportedFeatureException(file.name() + ": found a big-endian file (version " + Integer.reverseBytes(version)
          + "), expected a little-endian one");
    }
    if (version == 1) {
      throw new UnsupportedFeatureException(file.name() + ": found GGUF version 1, expected 2 or 3; convert the model anew");
    }
    if (version != 2 && version != 3) {
      throw new InvalidDataException(file.name() + ": found GGUF version " + Integer.toUnsignedString(version) + ", expected 2 or 3");
    }
    int tensorCount = in.count("tensors", MIN_TENSOR_BYTES, MAX_TENSORS);
    int pairCount = in.count("metadata keys", MIN_PAIR_BYTES, MAX_KEYS);
    GgufMetadata metadata = new GgufMetadata(file.name(), readMetadata(in, pairCount));
    int alignment = alignment(metadata, in);
    List<Entry> entries = readEntries(in, tensorCount, alignment);
    long dataStart = align(in.position(), alignment);
    checkPlaces(file, entries, dataStart);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Entry entry : entries) {
      TensorData data = data(file, entry, dataStart + entry.offset);
      tensors.put(entry.name, new Tensor(entry.name, entry.type, entry.shape, data));
    }
    return new GgufFile(file, version, alignment, metadata, tensors);
  }

  private static String magicText(int magic) {
    StringBuilder text = new StringBuilder("\"");
    for (int i = 0; i < 4; i++) {
      int c = magic >>> 8 * i & 0xff;
      if (c >= ' ' && c <= '~') {
        text.append((char) c);
      } else {
        text.append(String.format("\\x%02x", c));
      }
    }
    return text.append('"').toString();
  }

  private static Map<String, GgufValue> readMetadata(HeaderReader in, int count) {
    Map<String, GgufValue> values = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      String key = in.string("metadata key " + i);
      String what = "metadata key " + HeaderReader.shown(key);
      if (key.isEmpty()) {
        throw in.invalid("metadata key " + i + " is empty");
      }
      if (values.put(key, in.value(in.type(what), what)) != null) {
        throw in.invalid(what + " occurs twice");
      }
    }
    return values;
  }

  private static int alignment(GgufMetadata metadata, HeaderReader in) {
    long alignment = metadata.longValue(ALIGNMENT_KEY, DEFAULT_ALIGNMENT);
    if (alignment < 1 || alignment > MAX_ALIGNMENT || Long.bitCount(alignment) != 1) {
      throw in.invalid(ALIGNMENT_KEY + " is " + alignment + ", expected a power of two up to " + MAX_ALIGNMENT);
    }
    return (int) alignment;
  }

  /** A tensor as the header lists it; {@code offset} counts from the start of the tensor data. */
  private record Entry(String name, TensorType type, Shape shape, long offset) {
    long byteSize() {
      return type.byteSize(shape.elements());
    }
  }

  private static List<Entry> readEntries(HeaderReader in, int count, int alignment) {
    Map<String, Entry> entries = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      String name = in.string("the name of tensor " + i);
      String what = "tensor " + HeaderReader.shown(name);
      if (name.isEmpty()) {
        throw in.invalid("the name of tensor " + i + " is empty");
      }
      Shape shape = readShape(in, what);
      int id = in.int32("the type of " + what);
      TensorType type = TensorType.ofId(id);
      if (type == null) {
        throw new UnsupportedFeatureException(in.invalid(what + " has " + GgmlTypeNames.describe(id) + ", expected one of "
            + Arrays.stream(TensorType.values()).map(TensorType::name).collect(Collectors.joining(" "))).getMessage());
      }
      if (shape.columns() % type.blockLength() != 0) {
        throw in.invalid(what + " has rows of " + shape.columns() + " values, expected a multiple of " + type.blockLength()
            + " for type " + type);
      }
      if (shape.elements() / type.blockLength() > Long.MAX_VALUE / 2 / type.blockBytes()) {
        throw in.invalid(what + " has shape " + shape + " of type " + type + ", which is too large");
      }
      long offset = in.int64("the offset of " + what);
      if (offset < 0 || offset % alignment != 0) {
        throw in.invalid(what + " has offset " + Long.toUnsignedString(offset) + ", expected a multiple of the alignment " + alignment);
      }
      if (entries.put(name, new Entry(name, type, shape, offset)) != null) {
        throw in.invalid(what + " occurs twice");
      }
    }
    return new ArrayList<>(entries.values());
  }

  private static Shape readShape(HeaderReader in, String what) {
    int rank = in.int32("the number of dimensions of " + what);
    if (rank < 1 || rank > MAX_DIMENSIONS) {
      throw in.invalid(what + " has " + Integer.toUnsignedString(rank) + " dimensions, expected 1 to " + MAX_DIMENSIONS);
    }
    long[] dimensions = new long[rank];
    long elements = 1;
    for (int axis = rank - 1; axis >= 0; axis--) {
      long dimension = in.int64("the dimensions of " + what);
      if (dimension < 1) {
        throw in.invalid(what + " has a dimension of " + Long.toUnsignedString(dimension) + ", expected at least 1");
      }
      if (elements > Long.MAX_VALUE / dimension) {
        throw in.invalid(what + " has more values than 64 bits can count");
      }
      elements *= dimension;
      dimensions[axis] = dimension;
    }
    return Shape.of(dimensions);
  }

  private static void checkPlaces(ByteSource file, List<Entry> entries, long dataStart) {
    List<Entry> byOffset = new ArrayList<>(entries);
    byOffset.sort(Comparator.comparingLong(Entry::offset));
    Entry before = null;
    for (Entry entry : byOffset) {
      long available = file.size() - dataStart;
      if (entry.offset > available || entry.byteSize() > available - entry.offset) {
        throw new InvalidDataException(file.name() + ": tensor " + HeaderReader.shown(entry.name) + " needs " + entry.byteSize()
            + " bytes at offset " + entry.offset + ", but the file holds " + Math.max(0, available)
            + " bytes of tensor data; it is cut short or damaged");
      }
      if (before != null && before.offset + before.byteSize() > entry.offset) {
        throw new InvalidDataException(file.name() + ": tensors " + HeaderReader.shown(before.name) + " and "
            + HeaderReader.shown(entry.name) + " overlap: found offset " + entry.offset + ", expected at least "
            + (before.offset + before.byteSize()));
      }
      before = entry;
    }
  }

  private static TensorData data(ByteSource file, Entry entry, long start) {
    long size = entry.byteSize();
    return (offset, destination) -> {
      if (offset < 0 || destination.byteSize() > size - offset) {
        throw new IndexOutOfBoundsException(entry.name + ": bytes " + offset + " to " + (offset + destination.byteSize()) + " of " + size);
      }
      file.read(start + offset, destination);
    };
  }

  static long align(long position, int alignment) {
    return position + alignment - 1 & -(long) alignment;
  }

  public GgufMetadata metadata() {
    return metadata;
  }

  /** All tensors by name, in the file's order. */
  public Map<String, Tensor> tensors() {
    return tensors;
  }

  /** @throws InvalidDataException if there is no tensor of that name */
  public Tensor tensor(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new InvalidDataException(file.name() + ": tensor " + name + " is missing");
    }
    return tensor;
  }

  public Optional<Tensor> find(String name) {
    return Optional.ofNullable(tensors.get(name));
  }

  /** The path of the file, or the name that its bytes were given. */
  public String name() {
    return file.name();
  }

  /** Bytes in the file. */
  public long byteSize() {
    return file.size();
  }

  /** The version of the format, 2 or 3. */
  public int version() {
    return version;
  }

  /** Offsets of tensors are multiples of this many bytes. */
  public int alignment() {
    return alignment;
  }

  @Override
  public void close() {
    file.close();
  }
}
