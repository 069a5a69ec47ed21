package io.mvlm.gguf;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * A file that is in memory as a whole.
 *
 * @param bytes not copied
 */
record BytesInMemory(String name, byte[] bytes) implements ByteSource {
  @Override
  public long size() {
    return bytes.length;
  }

  @Override
  public void read(long position, ByteBuffer buffer) {
    buffer.put(bytes, Math.toIntExact(position), buffer.remaining());
  }

  @Override
  public void read(long position, MemorySegment destination) {
    destination.copyFrom(MemorySegment.ofArray(bytes).asSlice(position, destination.byteSize()));
  }

  @Override
  public void close() {
    // Nothing is held open.
  }
}
