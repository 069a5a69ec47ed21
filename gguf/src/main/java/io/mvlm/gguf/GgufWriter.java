package io.mvlm.gguf;

import io.mvlm.core.CancelledException;
import io.mvlm.core.MvlmException;
import io.mvlm.core.Tensor;
import io.mvlm.core.Workers;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Collects metadata and tensors, then writes them as a GGUF file of version 3. The tensors' bytes are asked for in parts, by several
 * threads at once, and go straight to the file, so that a file of any size takes little memory. Not thread-safe.
 */
public final class GgufWriter {
  private static final int VERSION = 3;
  private static final int PART_BYTES = 1 << 20;
  private static final int PARTS_PER_WORKER = 4;

  private final Map<String, GgufValue> metadata = new LinkedHashMap<>();
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();
  private int alignment = GgufFile.DEFAULT_ALIGNMENT;

  /** Sets a key; a key that is there already keeps its place. */
  public GgufWriter put(String key, GgufValue value) {
    if (key.isEmpty()) {
      throw new IllegalArgumentException("empty key");
    }
    if (key.equals(GgufFile.ALIGNMENT_KEY)) {
      if (!(value instanceof GgufValue.Whole whole)) {
        throw new IllegalArgumentException(key + " is " + value.type() + ", expected an integer");
      }
      return alignment(Math.toIntExact(whole.bits()));
    }
    metadata.put(key, value);
    return this;
  }

  /** Sets all keys of another file, its alignment too. */
  public GgufWriter putAll(GgufMetadata other) {
    other.asMap().forEach(this::put);
    return this;
  }

  public GgufWriter string(String key, String value) {
    return put(key, new GgufValue.Text(value));
  }

  /** @param value 0 to 2³² − 1 */
  public GgufWriter uint32(String key, long value) {
    return put(key, new GgufValue.Whole(GgufType.UINT32, value));
  }

  public GgufWriter float32(String key, float value) {
    return put(key, new GgufValue.Real(GgufType.FLOAT32, value));
  }

  public GgufWriter bool(String key, boolean value) {
    return put(key, new GgufValue.Bool(value));
  }

  public GgufWriter strings(String key, String... values) {
    return put(key, GgufArray.of(values));
  }

  public GgufWriter floats(String key, float... values) {
    return put(key, GgufArray.of(values));
  }

  /** An array of INT32. */
  public GgufWriter integers(String key, int... values) {
    long[] longs = new long[values.length];
    for (int i = 0; i < values.length; i++) {
      longs[i] = values[i];
    }
    return put(key, GgufArray.of(GgufType.INT32, longs));
  }

  /** Tensors begin at multiples of this many bytes, a power of two; 32 unless set. */
  public GgufWriter alignment(int bytes) {
    if (Integer.bitCount(bytes) != 1 || bytes < 1) {
      throw new IllegalArgumentException("alignment " + bytes + " is no power of two");
    }
    alignment = bytes;
    metadata.put(GgufFile.ALIGNMENT_KEY, new GgufValue.Whole(GgufType.UINT32, bytes));
    return this;
  }

  /**
   * Adds a tensor of 1 to 4 dimensions, none of them 0, after those that are there. Its bytes are read while {@link #write} runs, from
   * several threads, in parts of whole blocks, and of whole rows where a row has less than a MiB.
   */
  public GgufWriter tensor(Tensor tensor) {
    int rank = tensor.shape().rank();
    if (rank < 1 || rank > GgufFile.MAX_DIMENSIONS || tensor.shape().elements() == 0) {
      throw new IllegalArgumentException(tensor.name() + ": shape " + tensor.shape());
    }
    if (tensor.shape().columns() % tensor.type().blockLength() != 0) {
      throw new IllegalArgumentException(tensor.name() + ": rows of " + tensor.shape().columns() + " values in " + tensor.type());
    }
    if (tensor.name().isEmpty() || tensors.putIfAbsent(tensor.name(), tensor) != null) {
      throw new IllegalArgumentException("tensor \"" + tensor.name() + "\" is there already, or has no name");
    }
    return this;
  }

  /** Bytes of all tensors: the total that a listener of {@link #write(Path, int, ProgressListener)} hears. */
  public long tensorBytes() {
    return tensors.values().stream().mapToLong(Tensor::byteSize).sum();
  }

  /** As {@link #write(Path, int, ProgressListener)}, with all processors. */
  public void write(Path target) {
    write(target, Runtime.getRuntime().availableProcessors(), ProgressListener.NONE);
  }

  /**
   * Writes the file beside {@code target} under another name, and moves it there when it is complete; whatever goes wrong leaves
   * {@code target} as it was and no other file.
   *
   * @param threads how many threads produce tensor bytes, at least 1
   * @param listener hears of the tensor bytes written
   * @throws CancelledException if the calling thread is interrupted
   * @throws MvlmException if the file cannot be written
   */
  public void write(Path target, int threads, ProgressListener listener) {
    Path absolute = target.toAbsolutePath();
    String random = Long.toHexString(ThreadLocalRandom.current().nextLong());
    Path part = absolute.resolveSibling("." + absolute.getFileName() + "." + random + ".part");
    try {
      try (FileChannel out = FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        writeTo(out, target, threads, listener);
      }
      try {
        Files.move(part, absolute, StandardCopyOption.ATOMIC_MOVE);
      } catch (AtomicMoveNotSupportedException e) {
        Files.move(part, absolute, StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      throw new MvlmException(target + ": cannot be written: " + e, e);
    } finally {
      try {
        Files.deleteIfExists(part);
      } catch (IOException e) {
        part.toFile().deleteOnExit();
      }
    }
  }

  private void writeTo(FileChannel out, Path path, int threads, ProgressListener listener) {
    HeaderBytes header = new HeaderBytes();
    header.start(VERSION, tensors.size(), metadata);
    long offset = 0;
    for (Tensor tensor : tensors.values()) {
      header.tensor(tensor.name(), tensor.shape(), tensor.type(), offset);
      offset = GgufFile.align(offset + tensor.byteSize(), alignment);
    }
    byte[] bytes = header.toArray();
    long dataStart = GgufFile.align(bytes.length, alignment);
    long end = tensors.isEmpty() ? bytes.length : dataStart + offset;
    // Only workers touch the file: an interrupt of the caller would close it under them.
    try (Workers workers = new Workers(threads); Arena arena = Arena.ofShared()) {
      workers.call(() -> {
        writeFully(out, path, ByteBuffer.wrap(bytes), 0);
        new Production(out, path, workers, arena, threads, listener).run(parts(dataStart));
        if (size(out, path) < end) {
          writeFully(out, path, ByteBuffer.allocate(1), end - 1); // what lies between reads as zero
        }
        return null;
      });
    }
  }

  private static void writeFully(FileChannel out, Path path, ByteBuffer buffer, long position) {
    try {
      while (buffer.hasRemaining()) {
        position += out.write(buffer, position);
      }
    } catch (IOException e) {
      throw PositionedFile.failure(path, e);
    }
  }

  private static long size(FileChannel out, Path path) {
    try {
      return out.size();
    } catch (IOException e) {
      throw PositionedFile.failure(path, e);
    }
  }

  /** Bytes {@code from … from + length − 1} of a tensor, which go to {@code position}. */
  private record Part(Tensor tensor, long from, int length, long position) {}

  private List<Part> parts(long dataStart) {
    List<Part> parts = new ArrayList<>();
    long start = dataStart;
    for (Tensor tensor : tensors.values()) {
      long rowBytes = tensor.type().byteSize(tensor.shape().columns());
      long unit = rowBytes <= PART_BYTES ? rowBytes : tensor.type().blockBytes();
      int partBytes = (int) (PART_BYTES / unit * unit);
      for (long from = 0; from < tensor.byteSize(); from += partBytes) {
        parts.add(new Part(tensor, from, (int) Math.min(partBytes, tensor.byteSize() - from), start + from));
      }
      start = GgufFile.align(start + tensor.byteSize(), alignment);
    }
    return parts;
  }

  /** Brings the parts into the file, in batches, between which it can be cancelled and the listener hears of it. */
  private record Production(FileChannel out, Path path, Workers workers, Arena arena, int threads, ProgressListener listener) {
    void run(List<Part> parts) {
      MemorySegment[] buffers = new MemorySegment[threads];
      long total = parts.stream().mapToLong(Part::length).sum();
      long done = 0;
      int batch = threads * PARTS_PER_WORKER;
      for (int first = 0; first < parts.size(); first += batch) {
        List<Part> now = parts.subList(first, Math.min(parts.size(), first + batch));
        workers.forEach(now.size(), 1, (from, to, worker) -> {
          if (buffers[worker] == null) {
            buffers[worker] = arena.allocate(PART_BYTES);
          }
          for (Part part : now.subList(from, to)) {
            produce(part, buffers[worker].asSlice(0, part.length));
          }
        });
        for (Part part : now) {
          done += part.length;
        }
        listener.progress(done, total);
      }
    }

    private void produce(Part part, MemorySegment buffer) {
      part.tensor.data().read(part.from, buffer);
      writeFully(out, path, buffer.asByteBuffer(), part.position);
    }
  }
}
