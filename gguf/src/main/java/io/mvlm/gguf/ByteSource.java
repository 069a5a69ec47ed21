package io.mvlm.gguf;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/** Where the bytes of a GGUF file come from: read by position. Thread-safe. */
interface ByteSource extends AutoCloseable {
  /** For messages. */
  String name();

  /** Bytes altogether. */
  long size();

  /** Fills {@code buffer} up to its limit; {@code position} to there lies within the size. */
  void read(long position, ByteBuffer buffer);

  /** Fills {@code destination}, memory of any kind; {@code position} to there lies within the size. */
  void read(long position, MemorySegment destination);

  @Override
  void close();
}
