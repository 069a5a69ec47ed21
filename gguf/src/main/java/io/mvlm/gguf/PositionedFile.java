package io.mvlm.gguf;

import io.mvlm.core.CancelledException;
import io.mvlm.core.InvalidDataException;
import io.mvlm.core.MvlmException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file that is read by position, never mapped: its pages do not count as memory of the process. Thread-safe. */
final class PositionedFile implements ByteSource {
  // The JDK keeps a direct buffer of the size of the largest read into the heap, for each thread.
  private static final int HEAP_PART = 1 << 20;
  private static final int NATIVE_PART = 1 << 30;

  private final Path path;
  private final FileChannel channel;
  private final long size;

  private PositionedFile(Path path, FileChannel channel, long size) {
    this.path = path;
    this.channel = channel;
    this.size = size;
  }

  static PositionedFile open(Path path) {
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      throw new MvlmException(path + ": not a file");
    }
    try {
      FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
      return new PositionedFile(path, channel, channel.size());
    } catch (NoSuchFileException e) {
      throw new MvlmException(path + ": no such file", e);
    } catch (IOException e) {
      throw failure(path, e);
    }
  }

  @Override
  public String name() {
    return path.toString();
  }

  /** Bytes in the file when it was opened. */
  @Override
  public long size() {
    return size;
  }

  @Override
  public void read(long position, ByteBuffer buffer) {
    try {
      while (buffer.hasRemaining()) {
        int read = channel.read(buffer, position);
        if (read < 0) {
          throw new InvalidDataException(path + ": file was truncated while it was in use: " + buffer.remaining() + " bytes are missing"
              + " at byte " + position + ", expected a file of " + size + " bytes");
        }
        position += read;
      }
    } catch (IOException e) {
      throw failure(path, e);
    }
  }

  @Override
  public void read(long position, MemorySegment destination) {
    boolean bytes = destination.isNative() || destination.heapBase().orElse(null) instanceof byte[];
    int part = destination.isNative() ? NATIVE_PART : HEAP_PART;
    for (long done = 0; done < destination.byteSize(); done += part) {
      MemorySegment slice = destination.asSlice(done, Math.min(part, destination.byteSize() - done));
      if (bytes) {
        read(position + done, slice.asByteBuffer());
      } else {
        ByteBuffer copy = ByteBuffer.allocate((int) slice.byteSize());
        read(position + done, copy);
        slice.copyFrom(MemorySegment.ofBuffer(copy.flip()));
      }
    }
  }

  static MvlmException failure(Path path, IOException e) {
    return switch (e) {
      case ClosedByInterruptException interrupted -> new CancelledException(path + ": interrupted");
      case ClosedChannelException closed -> new MvlmException(path + ": the file is closed", e);
      default -> new MvlmException(path + ": " + (e.getMessage() == null ? e : e.getMessage()), e);
    };
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw failure(path, e);
    }
  }
}
